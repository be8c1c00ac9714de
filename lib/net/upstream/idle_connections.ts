import type { Connection } from "../connection.ts";

/** A pool of idle connections to one peer. */
export class IdleConnections {
  readonly #max: number;
  readonly #connections: Connection[] = [];
  #isClosed = false;
  /** The connections that have ever been idle, so that each is watched once. */
  readonly #known = new WeakSet<Connection>();

  /** @param max The maximum number of connections to keep. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes the most recently used connection, so that surplus ones time out. */
  take(): Connection | undefined {
    return this.#connections.pop();
  }

  /**
   * Keeps a connection, or closes it if the pool is full or closed.
   *
   * @returns Whether it was kept.
   */
  keep(connection: Connection): boolean {
    if (this.#isClosed || this.#connections.length >= this.#max) {
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

  /** Closes the connections that are idle now. */
  clear(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  /** Closes all idle connections, now and later. */
  close(): void {
    this.#isClosed = true;
    this.clear();
  }

  #remove(connection: Connection): void {
    const index = this.#connections.indexOf(connection);
    if (index >= 0) this.#connections.splice(index, 1);
  }
}
