import { Finding } from "./finding.ts";
import type { LiveRole } from "./live_role.ts";

/** How many MiB more than in the warm-up count as growth. */
const ALLOWED = 64;

/** How many measurements in a row must be above that. */
const IN_A_ROW = 20;

/**
 * Watches the memory of a role. It is flat if it never stays more than 64 MiB
 * above its highest value of the warm-up for 10 seconds on end: garbage makes
 * peaks, which a collection takes away; what is never given back raises the
 * lowest values too.
 */
export class MemoryWatch {
  /** How often to measure, in milliseconds. */
  static readonly INTERVAL = 500;
  readonly #role: Pick<LiveRole, "name" | "memory">;
  #highest = 0;
  #last: number | undefined;
  #above = 0;

  /** @param role Whose memory it is. */
  constructor(role: Pick<LiveRole, "name" | "memory">) {
    this.#role = role;
  }

  /**
   * Measures it once.
   *
   * @param isWarm Whether the warm-up is over.
   * @throws {Finding} If it has grown.
   */
  async measure(isWarm: boolean): Promise<void> {
    this.#last = await this.#role.memory();
    if (this.#last === undefined) return;
    if (!isWarm) {
      this.#highest = Math.max(this.#highest, this.#last);
      return;
    }
    this.#above = this.#last > this.#highest + ALLOWED ? this.#above + 1 : 0;
    if (this.#above >= IN_A_ROW) {
      throw new Finding(
        `expected the ${this.#role.name}'s memory to be flat\n     got ${this}`,
      );
    }
  }

  /** The memory at warm-up and at the end. */
  toString(): string {
    return this.#last === undefined
      ? `${this.#role.name} memory unknown`
      : `${this.#role.name} ${this.#highest.toFixed()} → ${this.#last.toFixed()} MiB`;
  }
}
