import { type Address, encodeRequest } from "../../lib/mod.ts";
import { join } from "../harness/join.ts";
import type { Exchange } from "./case.ts";
import { converse } from "./converse.ts";
import { Finding } from "./finding.ts";

/** How often to ask, in milliseconds. */
const INTERVAL = 100;

/** How many requests are asked at a time, and how many of them differ. */
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
 * A client of a proxy who always asks the same, some thousand times a second.
 * All that is answered from the cache: what a hit leaves behind, be it a few
 * bytes, adds up within the hour, as nothing is stored that would clear it away.
 */
export class Regular {
  /** How many of its requests were answered. */
  answers = 0;
  readonly #address: Address;
  readonly #patience: number;

  /**
   * @param address Whom to ask.
   * @param patience How long an answer may take, in milliseconds.
   */
  constructor(address: Address, patience: number) {
    this.#address = address;
    this.#patience = patience;
  }

  /**
   * Asks until it is told to end.
   *
   * @throws {Finding} If an answer is wrong, or late.
   */
  async ask(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        this.answers += await converse(this.#address, ROUND, this.#patience);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        throw new Finding(`Asked for hits alone\n${error.message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }
}
