/**
 * docs/protocol.md as data: its rules, its tables and its examples.
 *
 * @module
 */

import { assert } from "@std/assert";
import { Frame } from "../../lib/protocol/mod.ts";

/** A table, and the rules that it belongs to. */
export interface Table {
  /** The rules above it, back to the last heading or table of expressions. */
  readonly rules: readonly string[];
  /** The cells of each row by the heading of their column. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

const page = await Deno.readTextFile(
  new URL("../../docs/protocol.md", import.meta.url),
);

/** The ids of the rules, in their order. */
export const rules: readonly string[] = [
  ...page.matchAll(/^- <a id="([a-z]+-\d+)" href="#\1">\1<\/a> \S/gm),
].map(([, id = ""]) => id);

/** All tables, in their order. */
export const tables: readonly Table[] = readTables();

/** The text of a rule, or of anything else, as far as the next rule. */
export function textOf(rule: string): string {
  const [, text = ""] = page.split(`<a id="${rule}" href="#${rule}">`);
  const [found = ""] = text.split("\n- <a id=");
  return found.replace(/\s+/g, " ");
}

/** The table below a rule whose first column has the given heading. */
export function tableBelow(rule: string, heading: string): Table["rows"] {
  const found = tables.find(({ rules, rows: [first = {}] }) =>
    rules.includes(rule) && Object.keys(first)[0] === heading
  );
  assert(found, `a table of ${heading} below ${rule}`);
  return found.rows;
}

/** The code in a cell; `1` × 3 is expanded to `111`. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`(?: × (\d+))?/g)]
    .map(([, code = "", count = "1"]) => code.repeat(Number(count)));
}

/** The lines of an example in hexadecimal. */
export function block(name: string): string {
  const [, rest] = page.split("```hex " + name + "\n");
  assert(rest, `an example called ${name}`);
  const [lines = ""] = rest.split("\n```");
  return lines;
}

/** The names of all examples in hexadecimal. */
export const examples: readonly string[] = [
  ...page.matchAll(/^```hex (\S+)$/gm),
].map(([, name = ""]) => name);

/** The frame of an example: the pairs of digits before its notes. */
export function example(name: string): Frame {
  const digits = block(name).split("\n").map((line) =>
    /^((?:[0-9a-f]{2} )+) /.exec(`${line}  `)?.[1] ?? ""
  );
  return new Frame(Uint8Array.fromHex(digits.join("").replaceAll(" ", "")));
}

function readTables(): Table[] {
  const found: Table[] = [];
  let above: string[] = [];
  let headings: string[] = [];
  let rows: Record<string, string>[] = [];
  for (const line of page.split("\n")) {
    const [, rule] = /^- <a id="([^"]+)"/.exec(line) ?? [];
    if (rule !== undefined) above.push(rule);
    if (line.startsWith("#")) above = [];
    if (!line.startsWith("|")) {
      if (headings[0] === "expression") above = [];
      headings = [];
      continue;
    }
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    if (headings.length === 0) {
      headings = cells;
      rows = [];
      found.push({ rules: [...above], rows });
    } else if (!/^-+$/.test(cells[0] ?? "")) {
      rows.push(
        Object.fromEntries(headings.map((name, at) => [name, cells[at] ?? ""])),
      );
    }
  }
  return found;
}
