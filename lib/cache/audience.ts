/** The clients that wait for the same response, which is needed until all have left. */
export class Audience {
  readonly #waiting = new Set<AbortSignal>();
  readonly #left = new AbortController();
  /** Whether one of them has no signal, and so never leaves. */
  #isCertain = false;

  /** @param signals The signals of the first clients, aborted when they leave. */
  constructor(signals: readonly (AbortSignal | undefined)[]) {
    for (const signal of signals) this.add(signal);
    if (this.#isEmpty) this.#left.abort(signals[0]?.reason);
  }

  /** Aborted when all have left. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** Adds another, unless it has already left. */
  add(signal: AbortSignal | undefined): void {
    if (!signal) {
      this.#isCertain = true;
    } else if (!signal.aborted) {
      this.#waiting.add(signal);
      signal.addEventListener("abort", this.#leave);
    }
  }

  /** Removes all of them, when they no longer wait. */
  dismiss(): void {
    for (const signal of this.#waiting) {
      signal.removeEventListener("abort", this.#leave);
    }
  }

  get #isEmpty(): boolean {
    return !this.#isCertain && this.#waiting.size === 0;
  }

  readonly #leave = ({ target }: Event): void => {
    if (!(target instanceof AbortSignal)) return;
    target.removeEventListener("abort", this.#leave);
    this.#waiting.delete(target);
    if (this.#isEmpty) this.#left.abort(target.reason);
  };
}
