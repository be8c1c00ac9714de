import { type Address, encodeRequest } from "../../lib/mod.ts";
import { join } from "../harness/join.ts";
import type { Exchange } from "./case.ts";
import { converse } from "./converse.ts";
import { Finding } from "./finding.ts";

/** The interval between rounds, in milliseconds. */
const INTERVAL = 100;

/** The number of requests per round, and how many of them differ. */
const REQUESTS = { count: 500, different: 50 };

const ROUND: Exchange = {
  pieces: [join(...Array.from(
    { length: REQUESTS.count },
    (_, index) => encodeRequest(`${index % REQUESTS.different} + 1`).bytes,
  ))],
  pause: 0,
  ending: "answers first",
};

/**
 * A client of a proxy that repeats the same requests several thousand times a
 * second, all answered from the cache. Even a leak of a few bytes per hit adds up
 * within an hour, because no eviction hides it.
 */
export class Regular {
  /** The number of answers received. */
  answers = 0;
  readonly #address: Address;
  readonly #patience: number;

  /**
   * @param address The proxy to connect to.
   * @param patience The timeout for an answer, in milliseconds.
   */
  constructor(address: Address, patience: number) {
    this.#address = address;
    this.#patience = patience;
  }

  /**
   * Sends requests until `isOver` returns `true`.
   *
   * @throws {Finding} If an answer is wrong or late.
   */
  async ask(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        this.answers += await converse(this.#address, ROUND, this.#patience);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        throw new Finding(`Cache hits only\n${error.message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }
}
