import {
  type Address,
  connect,
  type Connection,
  decodeResponse,
  encodeRequest,
  NoAnswerError,
} from "../../lib/mod.ts";
import { Finding } from "./finding.ts";

/** The interval between requests, in milliseconds. */
const INTERVAL = 20;

/** How many requests to send per connection. */
const QUESTIONS = 50;

/**
 * A well-behaved client that runs alongside the cases. It requests sums and checks
 * them without the library. Every other request is a cache hit at a proxy.
 */
export class Canary {
  /** The number of answers received. */
  answers = 0;
  /** The latency of the slowest answer, in milliseconds. */
  slowest = 0;
  readonly #address: Address;
  readonly #patience: number;

  /**
   * @param address The role to connect to.
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
  async sing(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        using connection = await connect(this.#address, {
          timeout: this.#patience,
        });
        for (let left = QUESTIONS; left > 0 && !isOver(); left--) {
          const number = this.answers % 2 === 0 ? 1 : this.answers;
          const start = performance.now();
          await askForSum(connection, number);
          this.slowest = Math.max(this.slowest, performance.now() - start);
          this.answers++;
          await new Promise((resolve) => setTimeout(resolve, INTERVAL));
        }
      } catch (error) {
        if (!(error instanceof Error) || error instanceof Finding) throw error;
        throw unanswered(error, this.#patience);
      }
    }
  }
}

/** The finding that a valid request got no answer. */
export function unanswered(error: Error, patience: number): Finding {
  const what = error instanceof NoAnswerError ? error.reason : error.name;
  return new Finding(
    `expected an answer to a valid request within ${
      patience / 1000
    } s\n     got ${what}: ${error.message}`,
  );
}

/**
 * Requests a sum and checks the answer without the library.
 *
 * @throws {Finding} If the answer is wrong.
 */
export async function askForSum(
  connection: Connection,
  number: number,
): Promise<void> {
  const response = await connection.ask(encodeRequest(`${number} + 1`));
  const { result, steps } = decodeResponse(response);
  const expected = `${number} + 1 = ${number + 1}`;
  if (result !== `${number + 1}` || steps.join(" = ") !== expected) {
    throw new Finding(`expected ${expected}\n     got ${steps}`);
  }
}
