/** The system's clock, in seconds since 1970. */
export function secondsSince1970(): number {
  return Date.now() / 1000;
}

/** A clock that may be set back, and two ways to read it. */
export class Clock {
  readonly #now: () => number;
  #last = 0;
  #setBack = 0;

  /** @param now What tells the time, in seconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The time in whole seconds since 1970, to be compared with time stamps. */
  read(): number {
    const now = this.#now();
    if (now < this.#last) this.#setBack += this.#last - now;
    this.#last = now;
    return Math.floor(now);
  }

  /**
   * Seconds at the last {@linkcode Clock.read} that never run backwards, to
   * measure how long something takes.
   */
  get steady(): number {
    return this.#last + this.#setBack;
  }
}
