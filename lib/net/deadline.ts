/**
 * A coarse clock shared by all conversations, so that a request need not read
 * the real one.
 */
export interface Clock {
  /** The time in milliseconds, by `performance.now()`, at most a tick old. */
  now: number;
  /** Counts how many times a conversation became idle: finer than the time. */
  idles: number;
}

/** Timeouts of a client, in milliseconds. */
export interface Timeouts {
  /** For sending the rest of a frame, or finishing the TLS handshake. */
  readonly read: number;
  /** For sending the next request. */
  readonly idle: number;
  /** For receiving responses. */
  readonly write: number;
}

/** What a client is expected to do next, and until when. */
export class Deadline {
  readonly #clock: Clock;
  #action = "";
  #at = Infinity;

  /** @param clock The clock of the server. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sets a deadline in place of the last one.
   *
   * @param action What the client is expected to do: "send a request".
   * @param timeout How long it may take, in milliseconds.
   */
  set(action: string, timeout: number): void {
    this.#action = action;
    this.#at = this.#clock.now + timeout;
  }

  /** Expects nothing of the client. */
  clear(): void {
    this.#at = Infinity;
  }

  /**
   * The error to close the connection with, if the deadline was missed.
   *
   * @param now The time of the last tick.
   */
  missed(now: number): Error | undefined {
    if (now < this.#at) return undefined;
    return new Error(`the client took too long to ${this.#action}`);
  }
}
