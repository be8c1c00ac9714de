import { isDumb } from "./dumb_terminal.ts";

/** Styles text for standard output or standard error. */
export interface Style {
  /** For the most important text. */
  bold(text: string): string;
  /** For the least important text. */
  dim(text: string): string;
  /** For errors. */
  red(text: string): string;
  /** For the part of a step that is computed next. */
  next(text: string): string;
  /** For the part of a step that has just changed. */
  changed(text: string): string;
}

/**
 * The style for an output. It is plain unless the output is a terminal and TERM
 * is not `dumb`. With NO_COLOR, only changes in steps are marked, by underlines.
 */
export function styleFor(output: { isTerminal(): boolean }): Style {
  const isStyled = output.isTerminal() && !isDumb();
  const sgr = (on: number, off: number) => (text: string) =>
    `\x1b[${on}m${text}\x1b[${off}m`;
  const plain = (text: string) => text;
  // Deno reads NO_COLOR itself, which needs no permission.
  const colored = isStyled && !Deno.noColor ? sgr : () => plain;
  const underlined = isStyled ? sgr(4, 24) : plain;
  return {
    bold: colored(1, 22),
    dim: colored(2, 22),
    red: colored(31, 39),
    next: Deno.noColor ? underlined : colored(36, 39),
    changed: Deno.noColor ? underlined : colored(32, 39),
  };
}
