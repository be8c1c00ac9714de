/** How many characters a window shows. */
export interface WindowSize {
  /** How many characters a row has. */
  readonly columns: number;
  /** How many rows there are. */
  readonly rows: number;
}

/** The columns of a line on a terminal, which may change any time; `undefined` elsewhere. */
export function columnsOf(
  output: { isTerminal(): boolean },
): number | undefined {
  return output.isTerminal() ? windowSize().columns : undefined;
}

/** The size of the window, or the usual one of a terminal that has no size. */
export function windowSize(): WindowSize {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24 };
}
