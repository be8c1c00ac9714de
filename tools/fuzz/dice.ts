/**
 * A seeded random number generator: the same seed and case number give the same
 * sequence on every machine, independent of other cases.
 */
export class Dice {
  #state: number;

  /**
   * @param seed The seed of the run.
   * @param number The number of the case.
   */
  constructor(seed: number, number: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^
      Math.imul(number + 1, 0xc2b2ae35);
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.#throw() * count);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** `true` with a probability of one in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of several values, with equal probability. */
  pick<T>(some: readonly T[]): T {
    const picked = some[this.below(some.length)];
    if (picked === undefined) throw new RangeError("Nothing to pick from");
    return picked;
  }

  /** One of several values, with probability proportional to its weight. */
  weighted<T>(some: readonly Weighted<T>[]): T {
    let left = this.below(some.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of some) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new RangeError("Nothing to pick from");
  }

  /** The given number of values, each generated separately. */
  several<T>(count: number, make: (dice: Dice) => T): T[] {
    return Array.from({ length: count }, () => make(this));
  }

  /** From 0 to less than 1 (mulberry32). */
  #throw(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  }
}

/** A value to pick, and its weight. */
export type Weighted<T> = readonly [weight: number, value: T];
