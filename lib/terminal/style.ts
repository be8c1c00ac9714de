import { isDumb } from "./dumb_terminal.ts";

/** Text for standard output or standard error, in colour where that is a terminal. */
export interface Style {
  /** For what matters most. */
  bold(text: string): string;
  /** For what matters least. */
  dim(text: string): string;
  /** For what went wrong. */
  red(text: string): string;
}

/**
 * The style for an output: plain unless it is a terminal, NO_COLOR is not set and
 * TERM is not `dumb`.
 */
export function styleFor(output: { isTerminal(): boolean }): Style {
  // Deno reads NO_COLOR itself, so that no permission is asked for.
  const isColoured = output.isTerminal() && !Deno.noColor && !isDumb();
  const sgr = (on: number, off: number) => (text: string) =>
    isColoured ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39) };
}
