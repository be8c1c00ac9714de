import { type Address, connect, type Connection } from "../../lib/mod.ts";
import { askForSum, unanswered } from "./canary.ts";
import { Dice } from "./dice.ts";
import { Finding } from "./finding.ts";

/** How many connections come at a time, and how many milliseconds pass in between. */
const BATCH = 8;
const INTERVAL = 100;

/**
 * More clients than a role has room for, nearly all of them idle: some have asked
 * once, some never. As the role has none but idle connections to give up, every
 * newcomer is answered, and so is who has been idle for less time than others.
 */
export class Crowd {
  /** How many connections the role is told to accept. */
  static readonly ROOM = 100;
  /** How many newcomers there were. */
  newcomers = 0;
  readonly #address: Address;
  readonly #seed: number;
  readonly #patience: number;
  readonly #members: Connection[] = [];

  /**
   * @param address Whom to connect to.
   * @param seed What the crowd is made from.
   * @param patience How long an answer may take, in milliseconds.
   */
  constructor(address: Address, seed: number, patience: number) {
    this.#address = address;
    this.#seed = seed;
    this.#patience = patience;
  }

  /**
   * Connects until it is told to end.
   *
   * @throws {Finding} If a newcomer or a recent one is not answered as it must be.
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
    // By now the role has closed these.
    const gone = this.#members.splice(0, this.#members.length - 2 * Crowd.ROOM);
    for (const member of gone) member[Symbol.dispose]();
  }
}
