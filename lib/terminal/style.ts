import { isDumb } from "./dumb_terminal.ts";

/** Text for standard output or standard error, in colour where that is a terminal. */
export interface Style {
  /** For what matters most. */
  bold(text: string): string;
  /** For what matters least. */
  dim(text: string): string;
  /** For what went wrong. */
  red(text: string): string;
  /** For the part of a step that is computed next. */
  next(text: string): string;
  /** For the part of a step that has just changed. */
  changed(text: string): string;
}

/**
 * The style for an output: plain unless it is a terminal and TERM is not `dumb`.
 * Under NO_COLOR, only parts of steps are marked, with underlines.
 */
export function styleFor(output: { isTerminal(): boolean }): Style {
  const isStyled = output.isTerminal() && !isDumb();
  const sgr = (on: number, off: number) => (text: string) =>
    `\x1b[${on}m${text}\x1b[${off}m`;
  const plain = (text: string) => text;
  // Deno reads NO_COLOR itself, so that no permission is asked for.
  const coloured = isStyled && !Deno.noColor ? sgr : () => plain;
  const underlined = isStyled ? sgr(4, 24) : plain;
  return {
    bold: coloured(1, 22),
    dim: coloured(2, 22),
    red: coloured(31, 39),
    next: Deno.noColor ? underlined : coloured(36, 39),
    changed: Deno.noColor ? underlined : coloured(32, 39),
  };
}
