import { Finding } from "./finding.ts";
import type { LiveRole } from "./live_role.ts";

/** How much more memory than during the warm-up counts as growth, in MiB. */
const ALLOWED = 64;

/** How many consecutive measurements must be above that. */
const IN_A_ROW = 20;

/**
 * Watches the memory of a role. It is flat if it never stays more than 64 MiB
 * above the maximum of the warm-up for 10 seconds: garbage causes peaks, which a
 * collection removes, while a leak also raises the minimum.
 */
export class MemoryWatch {
  /** The interval between measurements, in milliseconds. */
  static readonly INTERVAL = 500;
  readonly #role: Pick<LiveRole, "name" | "memory">;
  #highest = 0;
  #last: number | undefined;
  #above = 0;

  /** @param role The role to watch. */
  constructor(role: Pick<LiveRole, "name" | "memory">) {
    this.#role = role;
  }

  /**
   * Measures the memory once.
   *
   * @param isWarm Whether the warm-up is over.
   * @throws {Finding} If the memory has grown.
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

  /** The memory during the warm-up and at the end. */
  toString(): string {
    return this.#last === undefined
      ? `${this.#role.name} memory unknown`
      : `${this.#role.name} ${this.#highest.toFixed()} → ${this.#last.toFixed()} MiB`;
  }
}
