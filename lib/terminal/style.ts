/** Styles text for standard output or standard error. */
export interface Style {
  /** For the most important text. */
  bold(text: string): string;
  /** For the least important text. */
  dim(text: string): string;
  /** For errors. */
  red(text: string): string;
}

/**
 * The style for an output. It is plain unless the output is a terminal and
 * NO_COLOR is not set.
 */
export function styleFor(output: { isTerminal(): boolean }): Style {
  // Deno reads NO_COLOR itself, which needs no permission.
  const isColored = output.isTerminal() && !Deno.noColor;
  const sgr = (on: number, off: number) => (text: string) =>
    isColored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39) };
}
