/** How many failures in a row are too many. */
const MAX_FAILURES = 5;

/** The time between attempts while the breaker is open, in milliseconds. */
const REST = 1_000;

/** What a {@linkcode Breaker} calls. */
export interface BreakerOptions {
  /** Called when the breaker opens, with the last failure. */
  readonly onOpen: (error: Error) => void;
  /** Called when the service has answered for the first time, or again. */
  readonly onClose: () => void;
}

/**
 * A circuit breaker for a failing service: after several failures in a row, it opens
 * and admits only one attempt a second, until one succeeds.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  /** When the last failure that counts was reported. */
  #failedAt = 0;
  /** `undefined` before the first success or failure, which are both reported. */
  #isOpen: boolean | undefined;
  /** When to make the next attempt if it is open, by `performance.now()`. */
  #retryAt = 0;

  /** @param options What to call. */
  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** Whether the service works, as far as is known. */
  get isClosed(): boolean {
    return this.#isOpen === false;
  }

  /** Whether to make an attempt now. Its outcome must be reported. */
  admits(): boolean {
    if (this.isClosed) return true;
    const now = performance.now();
    if (now < this.#retryAt) return false;
    // The others wait for the outcome of this one.
    this.#retryAt = now + REST;
    return true;
  }

  /** An attempt has succeeded. */
  succeed(): void {
    this.#failures = 0;
    if (this.isClosed) return;
    this.#isOpen = false;
    this.#options.onClose();
  }

  /**
   * An attempt has failed. Simultaneous attempts count once, since a single pause of
   * the service fails all of them.
   *
   * @param error Why it failed.
   * @param began When it began, by `performance.now()`.
   */
  fail(error: Error, began: number): void {
    if (began < this.#failedAt) return;
    this.#failedAt = performance.now();
    if (++this.#failures >= MAX_FAILURES || !this.isClosed) this.trip(error);
  }

  /** The service is unusable: opens the breaker at once. */
  trip(error: Error): void {
    const isNew = this.#isOpen !== true;
    this.#isOpen = true;
    this.#retryAt = performance.now() + REST;
    if (isNew) this.#options.onOpen(error);
  }
}
