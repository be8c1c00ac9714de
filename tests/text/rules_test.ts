/**
 * Every rule of docs/protocol.md has a test: one whose name begins with its id, a
 * table of expressions below it, or one of those listed here.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { rules, tables, textOf } from "./document.ts";

const ROOT = new URL("../..", import.meta.url);

/** Rules whose tests have other names: file and name. */
const ELSEWHERE: Record<string, readonly [file: string, name: string]> = {
  "transport-1": ["tests/roles/tls_test.ts", "tls: ${name}${missing}"],
  "transport-6": [
    "tests/net/limits_test.ts",
    "limits: a client that sends no request is disconnected",
  ],
  "transport-7": [
    "tests/net/foreign_protocol_test.ts",
    "serve: an HTTP client gets an HTTP error, even if its request arrives in pieces",
  ],
  "transport-8": [
    "tests/net/client_certificate_test.ts",
    "only clients with a certificate from the authority are served; the others learn why",
  ],
  "payloads-4": [
    "tests/message/message_pack_test.ts",
    "payload: further entries of an error are ignored",
  ],
  "canonical-2": [
    "tests/expression/evaluate_test.ts",
    "format: what it writes reads back as the same expression",
  ],
  "evaluation-12": [
    "tests/calculator_test.ts",
    "calculator: an answer too long for a frame is a client error that says what to do",
  ],
  "steps-6": [
    "tests/expression/evaluate_test.ts",
    "evaluate: every step, read again, has the value of the whole",
  ],
  "caching-8": [
    "tests/cache/cached_test.ts",
    "cached: an upstream that has just failed is not retried while a stale response may be used",
  ],
  "proxies-3": [
    "tests/net/forward_test.ts",
    "forwardTo: if none are kept, each request has a connection, closed before the answer",
  ],
  "clients-2": [
    "tests/roles/client_test.ts",
    "client: an arrow points at what is wrong with an expression, and nothing is sent",
  ],
  "pickles-9": [
    "tests/message/pickle_test.ts",
    "pickle: a pickle that would run a command only earns an error",
  ],
  "pickles-13": [
    "tests/message/pickle_test.ts",
    "pickle: text that is not UTF-8 is refused anywhere",
  ],
};

/** Rules that only permit something. */
const PERMISSIONS = ["pickles-1", "proxies-6", "clients-6"];

/** The texts of all files with an extension, by path from the root. */
async function filesIn(directory: string): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(directory, ROOT))
  ) {
    const path = `${directory}${name}`;
    if (isDirectory) files.push(...await filesIn(`${path}/`));
    else if (/\.(ts|lua|py|md)$/.test(name)) {
      files.push([path, await Deno.readTextFile(new URL(path, ROOT))]);
    }
  }
  return files;
}

const files = new Map([
  ...await filesIn("docs/"),
  ...await filesIn("lib/"),
  ...await filesIn("tests/"),
  ...await filesIn("tools/"),
]);

/** The ids that a text cites, if they are those of a section of the document. */
function citedIn(text: string): string[] {
  const sections = new Set(rules.map((rule) => rule.replace(/-\d+$/, "")));
  return [...text.matchAll(/\b([a-z]+)-\d+\b/g)]
    .filter(([, section = ""]) => sections.has(section))
    .map(([id]) => id);
}

/** The rules that the name of a test begins with: "framing-2, framing-3: …". */
function rulesInNames(source: string): string[] {
  const names = source.matchAll(/["`]((?:[a-z]+-\d+, )*[a-z]+-\d+): /g);
  return [...names].flatMap(([, ids = ""]) => ids.split(", "));
}

Deno.test("docs/protocol.md: the rules of each section are numbered from 1", () => {
  assert(rules.length > 80);
  const counts = new Map<string, number>();
  for (const rule of rules) {
    const [, section = "", number] = /^([a-z]+)-(\d+)$/.exec(rule) ?? [];
    const count = (counts.get(section) ?? 0) + 1;
    counts.set(section, count);
    assertEquals(Number(number), count, rule);
  }
});

Deno.test("docs/protocol.md: every rule has a test", () => {
  const held = new Set([
    ...tables.filter(({ rows: [first = {}] }) => "expression" in first)
      .flatMap(({ rules }) => rules),
    ...[...files].flatMap(([path, source]) =>
      path.startsWith("tests/text/") ? rulesInNames(source) : []
    ),
    ...Object.keys(ELSEWHERE),
    ...PERMISSIONS,
  ]);
  assertEquals(rules.filter((rule) => !held.has(rule)), []);
});

Deno.test("docs/protocol.md: tests of rules elsewhere exist", () => {
  for (const [rule, [file, name]] of Object.entries(ELSEWHERE)) {
    assert(files.get(file)?.includes(name), `${rule}: ${file}: ${name}`);
  }
});

Deno.test("docs/protocol.md: a rule that only permits something does not say must", () => {
  for (const rule of PERMISSIONS) {
    assert(/\bmay\b/.test(textOf(rule)), rule);
  }
});

Deno.test("docs/protocol.md: every rule that is cited exists", () => {
  const missing = [...files].flatMap(([path, text]) =>
    citedIn(text).filter((id) => !rules.includes(id))
      .map((id) => `${path}: ${id}`)
  );
  assertEquals(missing, []);
});
