/** Options for {@linkcode RoundRobin}. */
export interface RoundRobinOptions {
  /** How long a server that has failed rests, in milliseconds. */
  readonly rest: number;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/** The rest of a server that has failed. */
interface Rest {
  readonly isOverAt: number;
  /** Whether it failed by not answering in time: the next request may wait as well. */
  readonly isSilent: boolean;
}

/**
 * Chooses which of several servers to ask. They take turns; one that has failed
 * rests: it is asked only if all others have failed.
 */
export class RoundRobin<Server extends object> {
  readonly #rest: number;
  readonly #now: () => number;
  readonly #resting = new WeakMap<Server, Rest>();
  /** The index of the server after the one that was asked last. */
  #turn = 0;

  /** @param options How long to rest, and the clock. */
  constructor({ rest, now = () => performance.now() }: RoundRobinOptions) {
    this.#rest = rest;
    this.#now = now;
  }

  /**
   * The server to ask next, or `undefined` if none is left.
   *
   * @param servers All servers.
   * @param tried Those that the request has tried.
   */
  next(
    servers: readonly Server[],
    tried: ReadonlySet<Server>,
  ): Server | undefined {
    const inTurn = [
      ...servers.slice(this.#turn),
      ...servers.slice(0, this.#turn),
    ].filter((server) => !tried.has(server));
    const next = inTurn.find((server) => !this.#resting.has(server)) ??
      inTurn.find((server) => !this.#resting.get(server)?.isSilent) ??
      inTurn[0];
    if (next) this.#turn = servers.indexOf(next) + 1;
    return next;
  }

  /** The servers whose rest is over, if any other is healthy. */
  rested(servers: readonly Server[]): readonly Server[] {
    const resting = servers.filter((server) => this.#resting.has(server));
    if (resting.length === 0 || resting.length === servers.length) return [];
    const now = this.#now();
    return resting.filter((server) =>
      now >= this.#resting.get(server)!.isOverAt
    );
  }

  /**
   * Makes a server rest, from now on.
   *
   * @param isSilent Whether it failed by not answering in time.
   * @returns Whether it was healthy.
   */
  fail(server: Server, isSilent: boolean): boolean {
    const wasWell = !this.#resting.has(server);
    const isOverAt = this.#now() + this.#rest;
    this.#resting.set(server, { isOverAt, isSilent });
    return wasWell;
  }

  /**
   * Ends the rest of a server that has answered.
   *
   * @returns Whether it was resting.
   */
  answer(server: Server): boolean {
    return this.#resting.delete(server);
  }
}
