/**
 * Clients that ask a proxy while its servers come and go.
 *
 * @module
 */

import {
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "../../lib/message/mod.ts";
import { type Address, connect } from "../../lib/net/mod.ts";

/** How many clients ask at the same time. */
export const CLIENTS = 8;

/** Clients that each ask for something new as soon as they are answered. */
export class Load implements Disposable {
  answers = 0;
  readonly errors: string[] = [];
  /** The longest time to an answer, in milliseconds, of the requests sent since `mark`. */
  longest = 0;
  #mark = 0;
  #isStopped = false;
  #progress = Promise.withResolvers<void>();
  readonly #clients: Promise<void[]>;

  constructor(proxy: Address) {
    this.#clients = Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => this.#run(proxy, client)),
    );
  }

  /** Waits until there are so many more answers. */
  async answered(count: number): Promise<void> {
    const goal = this.answers + count;
    while (this.answers < goal) {
      await Promise.race([this.#progress.promise, this.#clients]);
    }
  }

  /** Begins to measure the time to an answer, of requests sent from now on. */
  mark(): void {
    this.#mark = performance.now();
    this.longest = 0;
  }

  /** Lets the clients take their last answers. */
  async stop(): Promise<void> {
    this[Symbol.dispose]();
    await this.#clients;
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
  }

  async #run(proxy: Address, client: number): Promise<void> {
    using connection = await connect(proxy, { timeout: 60_000 });
    for (let count = 0; !this.#isStopped; count++) {
      // Long enough that some of it is under way whenever a server ends.
      const request = encodeRequest(`9 ** 4000 % 7 + ${client}.${count}`);
      const sent = performance.now();
      try {
        decodeResponse(await connection.ask(request));
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        this.errors.push(`${error}`);
      }
      if (sent >= this.#mark) {
        this.longest = Math.max(this.longest, performance.now() - sent);
      }
      this.answers++;
      this.#progress.resolve();
      this.#progress = Promise.withResolvers();
    }
  }
}
