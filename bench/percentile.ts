/**
 * The number that so many percent of some do not exceed.
 *
 * @param sorted The numbers, in ascending order.
 * @param percent How many percent: 50 for the median, 100 for the largest.
 */
export function percentile(
  sorted: ArrayLike<number>,
  percent: number,
): number {
  return sorted[Math.floor((sorted.length - 1) * percent / 100)] ?? NaN;
}
