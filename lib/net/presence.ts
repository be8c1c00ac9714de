import type { Client } from "../protocol/mod.ts";

/** A client, and the signals that tell its handlers when it leaves. */
export class Presence {
  /** The client, as handlers and watchers see it. */
  readonly client: Client & { identity: string | undefined };
  readonly #leaving = new AbortController();
  readonly #closing = new AbortController();

  /**
   * @param id The number of the client.
   * @param address The remote address of its connection.
   */
  constructor(id: number, address: string) {
    const { signal } = this.#leaving;
    this.client = {
      id,
      address,
      identity: undefined,
      signal,
      closeSignal: this.#closing.signal,
    };
  }

  /** Whether the client has closed its side of the connection. */
  get hasLeft(): boolean {
    return this.#leaving.signal.aborted;
  }

  /** Whether its connection is closed. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Whether an error is the reason of one of its signals. */
  isReason(error: unknown): boolean {
    return this.hasLeft && this.#leaving.signal.reason === error;
  }

  /** The client has closed its side of the connection. */
  leave(): void {
    this.#leaving.abort(new Error("the client has closed its side"));
  }

  /**
   * The connection is closed.
   *
   * @param reason The reason, if it did not end cleanly.
   */
  close(reason: unknown = CLOSED): void {
    this.#leaving.abort(reason);
    this.#closing.abort(reason);
  }
}

/** Shared, as most connections are closed with it. */
const CLOSED = new Error("the connection is closed");
