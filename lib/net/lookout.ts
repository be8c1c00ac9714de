/** A conversation that may read while its handler is pending. */
interface Watcher {
  /** Reads if the handler is still pending. */
  readAhead(): void;
}

/** How long a handler may take before its client is watched, in milliseconds. */
const MOMENT = 10;

/**
 * Watches the clients of slow handlers. Most handlers answer within a moment, and an
 * extra read for each of them would cost more than it is worth.
 */
export class Lookout {
  #waiting = new Set<Watcher>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Watches a conversation if its handler is still pending after a moment. */
  add(conversation: Watcher): void {
    this.#waiting.add(conversation);
    this.#timer ??= setTimeout(() => this.look(), MOMENT);
  }

  /** Begins to watch without further delay. */
  look(): void {
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
