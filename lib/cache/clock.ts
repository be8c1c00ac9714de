/** The system clock, in seconds since 1970. */
export function secondsSince1970(): number {
  return Date.now() / 1000;
}

/** Reads a clock that may be set back, both as it is and monotonically. */
export class Clock {
  readonly #now: () => number;
  #last = 0;
  #setBack = 0;

  /** @param now The clock, in seconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The time in whole seconds since 1970, for comparison with time stamps. */
  read(): number {
    const now = this.#now();
    if (now < this.#last) this.#setBack += this.#last - now;
    this.#last = now;
    return Math.floor(now);
  }

  /**
   * Monotonic seconds, as of the last {@linkcode Clock.read}, for measuring
   * durations.
   */
  get steady(): number {
    return this.#last + this.#setBack;
  }
}
