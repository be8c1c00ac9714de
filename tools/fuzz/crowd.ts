import { type Address, connect, type Connection } from "../../lib/mod.ts";
import { askForSum, unanswered } from "./canary.ts";
import { Dice } from "./dice.ts";
import { Finding } from "./finding.ts";

/** The number of connections per batch, and the milliseconds between batches. */
const BATCH = 8;
const INTERVAL = 100;

/**
 * More clients than the connection limit of a role, nearly all of them idle: some
 * have sent one request, some none. Because idle connections can make room, every
 * newcomer must be answered, and so must clients that became idle recently.
 */
export class Crowd {
  /** The connection limit of the role. */
  static readonly ROOM = 100;
  /** The number of newcomers so far. */
  newcomers = 0;
  readonly #address: Address;
  readonly #seed: number;
  readonly #patience: number;
  readonly #members: Connection[] = [];

  /**
   * @param address The role to connect to.
   * @param seed The seed of the crowd.
   * @param patience The timeout for an answer, in milliseconds.
   */
  constructor(address: Address, seed: number, patience: number) {
    this.#address = address;
    this.#seed = seed;
    this.#patience = patience;
  }

  /**
   * Connects until `isOver` returns `true`.
   *
   * @throws {Finding} If a newcomer or a recent client gets no correct answer.
   */
  async gather(isOver: () => boolean): Promise<void> {
    try {
      for (let batch = 0; !isOver(); batch++) {
        await this.#welcome(new Dice(this.#seed, batch));
        await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      }
    } catch (error) {
      if (!(error instanceof Error) || error instanceof Finding) throw error;
      throw unanswered(error, this.#patience);
    } finally {
      for (const member of this.#members) member[Symbol.dispose]();
    }
  }

  async #welcome(dice: Dice): Promise<void> {
    const options = { timeout: this.#patience };
    const opened = await Promise.all(
      dice.several(BATCH, () => connect(this.#address, options)),
    );
    this.#members.push(...opened);
    this.newcomers += BATCH;
    const asking = opened.filter(() => dice.once(2));
    await Promise.all(
      asking.map((newcomer) => askForSum(newcomer, this.newcomers)),
    );
    const recent = this.#members.at(-dice.between(1, Crowd.ROOM / 2));
    if (recent) await askForSum(recent, this.newcomers);
    // The role has closed these by now.
    const gone = this.#members.splice(0, this.#members.length - 2 * Crowd.ROOM);
    for (const member of gone) member[Symbol.dispose]();
  }
}
