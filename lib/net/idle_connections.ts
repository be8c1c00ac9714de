import type { Connection } from "./connection.ts";

/** A pool of idle connections to one peer. */
export class IdleConnections {
  readonly #max: number;
  readonly #signal: AbortSignal | undefined;
  readonly #connections: Connection[] = [];
  /** The connections that have ever been idle, so that each is watched once. */
  readonly #known = new WeakSet<Connection>();

  /**
   * @param max The maximum number of connections to keep.
   * @param signal Closes the pool: no more connections are kept.
   */
  constructor(max: number, signal?: AbortSignal) {
    this.#max = max;
    this.#signal = signal;
    signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Takes the most recently used connection, so that surplus ones time out. */
  take(): Connection | undefined {
    return this.#connections.pop();
  }

  /**
   * Keeps a connection, or closes it if the pool is full.
   *
   * @returns Whether it was kept.
   */
  keep(connection: Connection): boolean {
    const isFull = this.#connections.length >= this.#max;
    if (isFull || this.#signal?.aborted) {
      connection.close();
      return false;
    }
    this.#connections.push(connection);
    if (!this.#known.has(connection)) {
      this.#known.add(connection);
      connection.closed.then(() => this.#remove(connection));
    }
    return true;
  }

  /** Closes all idle connections. */
  close(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  #remove(connection: Connection): void {
    const index = this.#connections.indexOf(connection);
    if (index >= 0) this.#connections.splice(index, 1);
  }
}
