import { constants } from "../expression/constants.ts";
import { functions } from "../expression/functions.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { readLines } from "./lines.ts";
import { refuseUnquoted } from "./unquoted.ts";
import { LONG_EXAMPLE } from "./example.ts";

const CONSTANT = `(?:${[...constants.keys()].join("|")})`;
const FUNCTION = `(?:${[...functions.keys()].join("|")})`;

/**
 * Matches expressions that begin with a sign and a name, such as `-sqrt(2)`,
 * `-pi`, `-e - 1` and, with an unknown name, `-x * 2`. In a flag, the same letters
 * are followed by another letter, `-`, `=` or a value.
 */
export const NEGATIVE: RegExp = new RegExp(
  `^-+(?:${CONSTANT}(?![\\w=])|${FUNCTION}\\s*\\(|[a-z]\\w*(?:\\s*[+*/%(^]|\\s+-))`,
  "i",
);

/**
 * The expressions for the client to evaluate without a prompt: those on the
 * command line; otherwise those read from a pipe, one per line; if there is
 * nothing to read, an example.
 *
 * @throws {UsageError} If an expression was typed without quotes.
 */
export async function* expressions(line: CommandLine): AsyncGenerator<string> {
  refuseUnquoted(line.operands);
  if (line.has("example")) yield LONG_EXAMPLE;
  yield* line.operands;
  if (hasExpressions(line)) return;
  let isEmpty = true;
  for await (const piped of readLines()) {
    isEmpty = false;
    const expression = withoutComment(piped);
    if (expression.trim() !== "") yield expression;
  }
  if (!isEmpty) return;
  yield LONG_EXAMPLE;
  if (!Deno.stdin.isTerminal()) console.error(NOTHING_TO_READ);
}

const NOTHING_TO_READ =
  'This is an example, as standard input is empty. Type an expression in quotes: "max(2, 3) + 3".';

/** A line of a pipe without its comment and the byte order mark of a file. */
function withoutComment(line: string): string {
  return line.replace(/^\ufeff/, "").replace(/[#\uff03].*$/s, "");
}

/** Whether expressions are typed at a prompt. */
export function isInteractive(line: CommandLine): boolean {
  return !hasExpressions(line) && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
}

function hasExpressions(line: CommandLine): boolean {
  return line.has("example") || line.operands.length > 0;
}
