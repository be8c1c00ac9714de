/**
 * Cases against a server and a proxy before it, as processes, several at a time,
 * with a canary beside each role and an eye on its memory. Beside them, a second
 * proxy that is asked for hits alone.
 *
 * @module
 */

import { formatAddress } from "../../lib/net/mod.ts";
import { join } from "../harness/join.ts";
import { Canary } from "./canary.ts";
import { type Case, makeCase } from "./case.ts";
import { converse } from "./converse.ts";
import { Finding } from "./finding.ts";
import { LiveRole } from "./live_role.ts";
import { MemoryWatch } from "./memory.ts";
import { hex } from "./oracle.ts";
import { Regular } from "./regular.ts";

/** What to do, and for how long. */
export interface FuzzOptions {
  /** What the cases are made from: the same one makes the same cases. */
  readonly seed: number;
  /** How long to go on. */
  readonly seconds: number;
  /** The only case to make, and once only. */
  readonly only?: number | undefined;
  /** How long, in milliseconds, anybody waits for an answer. */
  readonly patience: number;
}

/** How many cases there are at a time. */
const LANES = 8;

/** Which part of the time is the warm-up, and how many seconds at most. */
const WARM_UP = { share: 1 / 4, most: 60 };

/** How many bytes of a case to print; its number brings back all of them. */
const SHOWN = 2_000;

/**
 * Fuzzes until the time is over.
 *
 * @returns What has been done, in one line.
 * @throws {Finding} As soon as a role does what it must not do.
 */
export async function fuzz(options: FuzzOptions): Promise<string> {
  await using server = await LiveRole.start("server");
  const upstream = [
    ...["-s", formatAddress(server.address)],
    ...["--upstream-timeout", `${options.patience / 1000}`],
  ];
  // The cache of the one is full before the warm-up is over, that of the other never.
  await using proxy = await LiveRole.start("proxy", [
    ...upstream,
    "--entries",
    "100",
  ]);
  await using roomy = await LiveRole.start("proxy", upstream, "roomy proxy");
  const campaign = new Campaign(options, { server, proxy, roomy });
  await campaign.run();
  for (const role of [roomy, proxy, server]) await role.end();
  return `${campaign}`;
}

/** Those whom the cases are for, and the proxy that is asked for hits alone. */
type Roles = Readonly<Record<Case["role"] | "roomy", LiveRole>>;

class Campaign {
  readonly #options: FuzzOptions;
  readonly #roles: Roles;
  readonly #canaries: readonly Canary[];
  readonly #regular: Regular;
  readonly #memories: readonly MemoryWatch[];
  readonly #start = performance.now();
  readonly #underWay = new Set<number>();
  #cases = 0;
  #answers = 0;
  #isOver = false;
  #finding: string | undefined;

  constructor(options: FuzzOptions, roles: Roles) {
    const { patience } = options;
    const { server, proxy, roomy } = roles;
    this.#options = options;
    this.#roles = roles;
    this.#canaries = [server, proxy].map(({ address }) =>
      new Canary(address, patience)
    );
    this.#regular = new Regular(roomy.address, patience);
    this.#memories = Object.values(roles).map((role) => new MemoryWatch(role));
  }

  async run(): Promise<void> {
    const { only } = this.#options;
    const lanes = only === undefined
      ? Array.from({ length: LANES }, () => this.#lane())
      : [this.#one(only)];
    const isOver = () => this.#isOver;
    const beside = [
      ...this.#canaries.map((canary) => canary.sing(isOver)),
      this.#regular.ask(isOver),
      this.#watch(),
    ].map((work) => this.#guard(work));
    await Promise.all(lanes.map((lane) => this.#guard(lane)));
    this.#isOver = true;
    await Promise.all(beside);
    if (this.#finding) {
      throw new Finding([this.#finding, ...this.#afterwards()].join("\n"));
    }
  }

  /** The line at the end. */
  toString(): string {
    const answers = this.#canaries.reduce(
      (sum, { answers }) => sum + answers,
      0,
    );
    const slowest = Math.max(...this.#canaries.map(({ slowest }) => slowest));
    return [
      `${this.#cases} cases`,
      `${this.#answers} requests`,
      `${this.#seconds.toFixed(1)} s`,
      `${answers} canary answers within ${(slowest / 1000).toFixed(2)} s`,
      `${this.#regular.answers} hits`,
      ...this.#memories,
    ].join(", ");
  }

  get #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  async #lane(): Promise<void> {
    while (!this.#isOver && this.#seconds < this.#options.seconds) {
      await this.#one(this.#cases);
    }
  }

  async #one(number: number): Promise<void> {
    this.#cases++;
    this.#underWay.add(number);
    const { seed, patience } = this.#options;
    const made = makeCase(seed, number);
    try {
      const { address } = this.#roles[made.role];
      const answers = await converse(address, made, patience);
      this.#answers += answers;
    } catch (error) {
      throw new Finding(`${describe(made)}\n${inWords(error)}`);
    }
    this.#underWay.delete(number);
  }

  async #watch(): Promise<void> {
    const warmUp = Math.min(
      WARM_UP.most,
      this.#options.seconds * WARM_UP.share,
    );
    while (!this.#isOver) {
      for (const role of Object.values(this.#roles)) role.check();
      for (const memory of this.#memories) {
        await memory.measure(this.#seconds > warmUp);
      }
      await new Promise((resolve) => setTimeout(resolve, MemoryWatch.INTERVAL));
    }
  }

  /** The first work to fail ends all others. */
  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#isOver = true;
      this.#finding ??= [
        `Seed ${this.#options.seed}, cases under way: ${
          [...this.#underWay].join(" ")
        }`,
        inWords(error),
      ].join("\n");
    }
  }

  /** What became of the roles. */
  *#afterwards(): Generator<string> {
    for (const role of Object.values(this.#roles)) {
      try {
        role.check();
        yield `The ${role.name} lives on.`;
      } catch (error) {
        yield `The ${role.name}: ${inWords(error)}`;
      }
    }
  }
}

function describe({ number, role, pieces, ending }: Case): string {
  const bytes = join(...pieces);
  return [
    `Case ${number}, to the ${role}, ${bytes.length} bytes in ${pieces.length} pieces, then ${ending}:`,
    hex(bytes, SHOWN),
  ].join("\n");
}

/** Anything but a finding is a fault, whose place is of interest. */
function inWords(error: unknown): string {
  if (error instanceof Finding) return error.message;
  return error instanceof Error ? error.stack ?? error.message : `${error}`;
}
