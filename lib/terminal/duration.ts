/** Writes a time in milliseconds with three digits, such as `0.412 ms`. */
export function duration(milliseconds: number): string {
  return `${Number(milliseconds.toPrecision(3))} ms`;
}

/** Rounds a time in milliseconds to microseconds, as finer digits are noise. */
export function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
