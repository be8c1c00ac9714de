/** A table on standard output, a row as soon as it is known. */
export class Table {
  readonly #widths: readonly number[];

  /**
   * Prints the heads.
   *
   * @param first The head of the first column, which is text.
   * @param width How wide that is.
   * @param heads Those of the others, which are numbers.
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

/** A number to three digits, or a dash where there is none. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString("en", {
    maximumSignificantDigits: 3,
    minimumSignificantDigits: Math.abs(value) < 100 ? 3 : 1,
  });
}

/** How many times as much one number is as another. */
export function ratio(
  value: number | undefined,
  other: number | undefined,
): string {
  return value === undefined || other === undefined
    ? "–"
    : `×${number(value / other)}`;
}

/** A share in percent. */
export function percent(share: number | undefined): string {
  return share === undefined ? "–" : `${Math.round(100 * share)} %`;
}
