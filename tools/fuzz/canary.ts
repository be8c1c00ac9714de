import {
  type Address,
  connect,
  type Connection,
  decodeResponse,
  encodeRequest,
  NoAnswerError,
} from "../../lib/mod.ts";
import { Finding } from "./finding.ts";

/** How often to ask, in milliseconds. */
const INTERVAL = 20;

/** How many questions to ask before the next connection is made. */
const QUESTIONS = 50;

/**
 * A well-behaved client beside all others: asks for sums and knows what they are
 * without the library. One that it asked for before is in a proxy's cache, one
 * that it did not is not.
 */
export class Canary {
  /** How many of its questions were answered. */
  answers = 0;
  /** How long, in milliseconds, the slowest answer took. */
  slowest = 0;
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

/** The finding that a good request got no answer. */
export function unanswered(error: Error, patience: number): Finding {
  const what = error instanceof NoAnswerError ? error.reason : error.name;
  return new Finding(
    `expected an answer to a good request within ${
      patience / 1000
    } s\n     got ${what}: ${error.message}`,
  );
}

/**
 * Asks for a sum whose answer is known without the library.
 *
 * @throws {Finding} If the answer is another one.
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
