/** Computes the order of growth of a cost: n^0 is flat, n^1 is linear. */
export class Order {
  #before: readonly [n: number, cost: number] | undefined;

  /**
   * Compares a cost with the one before.
   *
   * @param n The size.
   * @param cost The cost at that size.
   * @returns The power of n by which it has grown, as text.
   */
  next(n: number, cost: number): string {
    const before = this.#before;
    this.#before = [n, cost];
    if (!before) return "";
    const power = Math.log(cost / before[1]) / Math.log(n / before[0]);
    return `n^${power.toFixed(2)}`;
  }
}
