/** How many exchanges a second are shown. */
const SHOWN_PER_SECOND = 20;

/** How many a second are timed: reading the clock costs more than counting. */
const TIMED_PER_SECOND = 1_000;

/**
 * Chooses which exchanges are timed, and which of these are shown. If there are few,
 * all are chosen; if there are many, the timed ones are evenly spaced.
 */
export class Sample {
  /** How many exchanges began since the last tick. */
  #begun = 0;
  /** One in so many is timed. */
  #stride = 1;
  /** How many begin until the next that is timed. */
  #left = 1;
  /** How many more may be shown, at a time in milliseconds. */
  #allowance = SHOWN_PER_SECOND;
  #earnedAt = performance.now();

  /** Whether to time the exchange that begins. Does not read the clock. */
  isTimed(): boolean {
    this.#begun++;
    if (--this.#left > 0) return false;
    this.#left = this.#stride;
    return true;
  }

  /**
   * Whether to show an exchange that is timed.
   *
   * @param now The time in milliseconds.
   */
  isShown(now: number): boolean {
    const earned = (now - this.#earnedAt) * SHOWN_PER_SECOND / 1000;
    this.#allowance = Math.min(this.#allowance + earned, SHOWN_PER_SECOND);
    this.#earnedAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }

  /** Adapts to the load of the last second. Call it every second. */
  tick(): void {
    this.#stride = Math.max(1, Math.ceil(this.#begun / TIMED_PER_SECOND));
    this.#left = 1;
    this.#begun = 0;
  }
}
