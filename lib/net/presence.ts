import type { Client } from "../protocol/mod.ts";

/** A client, and what its handlers learn about its leaving. */
export class Presence {
  /** The client, as handlers and watchers see it. */
  readonly client: Client;
  readonly #leaving = new LazySignal();
  readonly #closing = new LazySignal();

  /**
   * @param id The number of the client.
   * @param address The remote address of its connection.
   */
  constructor(id: number, address: string) {
    const leaving = this.#leaving;
    const closing = this.#closing;
    // Own properties, so that middleware can copy a client.
    this.client = {
      id,
      address,
      get signal() {
        return leaving.signal;
      },
      get closeSignal() {
        return closing.signal;
      },
    };
  }

  /** Whether the client has closed its side of the connection. */
  get hasLeft(): boolean {
    return this.#leaving.isAborted;
  }

  /** Whether its connection is closed. */
  get isClosed(): boolean {
    return this.#closing.isAborted;
  }

  /** Whether an error is the one that its handlers were stopped with. */
  isReason(error: unknown): boolean {
    return this.#leaving.isReason(error);
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
  close(reason: unknown): void {
    this.#leaving.abort(reason);
    this.#closing.abort(reason);
  }
}

/** A signal that is created when somebody asks for it. */
class LazySignal {
  #controller: AbortController | undefined;
  #reason: unknown;
  #isAborted = false;

  get isAborted(): boolean {
    return this.#isAborted;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether it was aborted, and somebody could know, with this reason. */
  isReason(error: unknown): boolean {
    const signal = this.#controller?.signal;
    return signal?.aborted === true && signal.reason === error;
  }

  /** Aborts it. Only the first time has an effect. */
  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
