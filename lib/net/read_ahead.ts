/** A conversation, which can read while its handler is pending. */
interface Reader {
  /** Reads, if its handler is still pending. */
  readAhead(): void;
}

/** How long a handler may take before its conversation reads ahead, in milliseconds. */
const MOMENT = 10;

/**
 * Lets conversations read while their handlers are pending, to notice when a client
 * leaves. Most handlers answer within a moment, and an extra read for each of them
 * would cost more than it is worth.
 */
export class ReadAhead {
  #waiting = new Set<Reader>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Lets a conversation read if its handler is still pending after a moment. */
  add(conversation: Reader): void {
    this.#waiting.add(conversation);
    this.#timer ??= setTimeout(() => this.begin(), MOMENT);
  }

  /** Lets all of them read without further delay. */
  begin(): void {
    this.close();
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const conversation of waiting) conversation.readAhead();
  }

  /** Clears the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
