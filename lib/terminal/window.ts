/** How many characters a window shows. */
export interface WindowSize {
  /** How many characters a row has. */
  readonly columns: number;
  /** How many rows there are. */
  readonly rows: number;
}

/**
 * How many columns text printed on standard output may have: those of its window,
 * and any number where it is not a terminal.
 */
export function columnsOfOutput(): number {
  return Deno.stdout.isTerminal() ? windowSize().columns : Infinity;
}

/** The size of the window, or the usual one of a terminal that has no size. */
export function windowSize(): WindowSize {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24 };
}
