/** The size of a window, in characters. */
export interface WindowSize {
  /** The width of a row. */
  readonly columns: number;
  /** The number of rows. */
  readonly rows: number;
}

/** The current width of a terminal; `undefined` if the output is not a terminal. */
export function columnsOf(
  output: { isTerminal(): boolean },
): number | undefined {
  return output.isTerminal() ? windowSize().columns : undefined;
}

/** The size of the window; 80 by 24 if the terminal reports none. */
export function windowSize(): WindowSize {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24 };
}
