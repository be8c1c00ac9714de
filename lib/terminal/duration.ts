/** Writes a time that has been measured, with three digits: `0.412 ms`. */
export function duration(milliseconds: number): string {
  return `${Number(milliseconds.toPrecision(3))} ms`;
}
