import type { Connection } from "./connection.ts";

/** Connections to one peer that wait for the next request. */
export class IdleConnections {
  readonly #most: number;
  readonly #signal: AbortSignal | undefined;
  readonly #connections: Connection[] = [];

  /**
   * @param most How many to keep; any more are closed.
   * @param signal Closes those that wait, and any that come later.
   */
  constructor(most: number, signal?: AbortSignal) {
    this.#most = most;
    this.#signal = signal;
    signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Takes out the one that was used last: the others may grow old and be closed. */
  take(): Connection | undefined {
    return this.#connections.pop();
  }

  /** Keeps a connection, or closes it where there is no room. */
  keep(connection: Connection): void {
    const isFull = this.#connections.length >= this.#most;
    if (isFull || this.#signal?.aborted) return connection.close();
    this.#connections.push(connection);
    connection.watchIdle(() => this.#remove(connection));
  }

  /** Closes those that wait. */
  close(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  #remove(connection: Connection): void {
    const index = this.#connections.indexOf(connection);
    if (index >= 0) this.#connections.splice(index, 1);
  }
}
