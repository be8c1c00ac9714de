import { constants } from "../expression/constants.ts";
import type { CommandLine } from "../terminal/command_line.ts";

/** The expressions that begin with a sign and a name, such as `-sqrt(2)` and `-pi`. */
export const NEGATIVE: RegExp = new RegExp(
  String.raw`^-+(?:[a-z]\w*\s*[+*/%(]|(?:${[...constants.keys()].join("|")})$)`,
  "i",
);

/** The long example of the recorded runs. */
const EXAMPLE = "(sin(max(2, 3 * 4, 5, 6 * ((7 * 8) / 9), 10 / 11)) / 12) * 13";

/**
 * The expressions that a client is to have computed, where there is no prompt:
 * those on its command line; without any, those read from a pipe, a line each;
 * and where there is nothing at all, an example.
 */
export async function* expressions(line: CommandLine): AsyncGenerator<string> {
  if (line.has("example")) yield EXAMPLE;
  yield* line.operands;
  if (hasExpressions(line)) return;
  // Loaded here, as most runs do not need it.
  const { readLines } = await import("./lines.ts");
  let isEmpty = true;
  for await (const expression of readLines()) {
    isEmpty = false;
    yield expression;
  }
  if (isEmpty) yield EXAMPLE;
}

/** Whether they are typed at a prompt, by somebody who sees what comes of each. */
export function isInteractive(line: CommandLine): boolean {
  return !hasExpressions(line) && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
}

function hasExpressions(line: CommandLine): boolean {
  return line.has("example") || line.operands.length > 0;
}
