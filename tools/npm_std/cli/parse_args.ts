/** Stands in for `@std/cli/parse-args` where JSR is out of reach. @module */
import { parseArgs as nodeParseArgs } from "node:util";

export interface ParseOptions {
  boolean: readonly string[];
  string: readonly string[];
  collect: readonly string[];
  alias: Record<string, string>;
  unknown: (arg: string, key?: string, value?: unknown) => unknown;
}

export type Args = { _: string[] } & Record<string, unknown>;

export function parseArgs(
  args: readonly string[],
  options: ParseOptions,
): Args {
  const short = new Map(
    Object.entries(options.alias).map(([letter, name]) => [name, letter]),
  );
  const declare = (name: string, type: "boolean" | "string") => {
    const letter = short.get(name);
    return [name, letter === undefined ? { type } : { type, short: letter }];
  };
  const { tokens } = nodeParseArgs({
    args: [...args],
    options: Object.fromEntries([
      ...options.boolean.map((name) => declare(name, "boolean")),
      ...options.string.filter((name) => name !== "_")
        .map((name) => declare(name, "string")),
    ]),
    strict: false,
    tokens: true,
  });
  const parsed: Args = { _: [] };
  for (const name of options.boolean) parsed[name] = false;
  const collected = new Map<string, unknown[]>();
  for (const name of options.collect) {
    collected.set(name, []);
    parsed[name] = collected.get(name);
  }
  for (const token of tokens) {
    if (token.kind === "positional") {
      parsed._.push(token.value);
    } else if (token.kind === "option") {
      if (options.boolean.includes(token.name)) {
        parsed[token.name] = token.value !== "false";
      } else if (options.string.includes(token.name)) {
        // The next flag is not a value, so this flag has none.
        const missing = token.value === undefined ||
          (!token.inlineValue && /^--?[^-]/.test(token.value));
        // In `-p=9999`, the equals sign is not part of the value.
        const isShort = token.rawName.length === 2;
        const value = missing
          ? ""
          : isShort
          ? token.value?.replace(/^=/, "")
          : token.value;
        const values = collected.get(token.name);
        if (values) values.push(value);
        else parsed[token.name] = value;
      } else {
        options.unknown(token.rawName, token.name, token.value);
      }
    }
  }
  return parsed;
}
