/**
 * A percentile of some numbers.
 *
 * @param sorted The numbers, in ascending order.
 * @param percent The percentage: 50 for the median, 100 for the maximum.
 */
export function percentile(
  sorted: ArrayLike<number>,
  percent: number,
): number {
  return sorted[Math.floor((sorted.length - 1) * percent / 100)] ?? NaN;
}
