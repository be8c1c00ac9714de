/** Prints a table to standard output, row by row. */
export class Table {
  readonly #widths: readonly number[];

  /**
   * Prints the heads.
   *
   * @param first The head of the first column, which is text.
   * @param width The width of the first column.
   * @param heads The heads of the other columns, which are numbers.
   */
  constructor(first: string, width: number, heads: readonly string[]) {
    this.#widths = [width, ...heads.map((head) => Math.max(head.length, 7))];
    this.row(first, heads);
  }

  /** Prints a row. */
  row(first: string, cells: readonly string[]): void {
    const [width = 0, ...widths] = this.#widths;
    const right = cells.map((cell, index) => cell.padStart(widths[index] ?? 0));
    console.log([first.padEnd(width), ...right].join("  "));
  }
}

/** Formats a number with three significant digits, or a dash for none. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString("en", {
    maximumSignificantDigits: 3,
    minimumSignificantDigits: Math.abs(value) < 100 ? 3 : 1,
  });
}

/** Formats the ratio of two numbers. */
export function ratio(
  value: number | undefined,
  other: number | undefined,
): string {
  return value === undefined || other === undefined
    ? "–"
    : `×${number(value / other)}`;
}

/** Formats a share as a percentage. */
export function percent(share: number | undefined): string {
  return share === undefined ? "–" : `${Math.round(100 * share)} %`;
}
