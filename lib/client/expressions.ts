import { constants } from "../expression/constants.ts";
import type { CommandLine } from "../terminal/command_line.ts";

/**
 * Matches expressions that begin with a sign and a name, such as `-sqrt(2)` and
 * `-pi`.
 */
export const NEGATIVE: RegExp = new RegExp(
  String.raw`^-+(?:[a-z]\w*\s*[+*/%(]|(?:${[...constants.keys()].join("|")})$)`,
  "i",
);

/** The long example of the recorded runs. */
const EXAMPLE = "(sin(max(2, 3 * 4, 5, 6 * ((7 * 8) / 9), 10 / 11)) / 12) * 13";

/**
 * The expressions for the client to evaluate: those on the command line;
 * otherwise those typed at a prompt or read from a pipe, one per line; if there
 * are none, an example.
 */
export async function* expressions(line: CommandLine): AsyncGenerator<string> {
  if (line.has("example")) yield EXAMPLE;
  yield* line.operands;
  if (hasExpressions(line)) return;
  // Loaded lazily: most runs need neither a prompt nor standard input.
  const { prompt, readLines } = await import("./prompt.ts");
  if (isInteractive(line)) {
    yield* prompt();
    return;
  }
  let isEmpty = true;
  for await (const expression of readLines()) {
    isEmpty = false;
    yield expression;
  }
  if (isEmpty) yield EXAMPLE;
}

/** Whether expressions are typed at a prompt. */
export function isInteractive(line: CommandLine): boolean {
  return !hasExpressions(line) && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
}

function hasExpressions(line: CommandLine): boolean {
  return line.has("example") || line.operands.length > 0;
}
