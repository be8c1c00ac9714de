/**
 * Runs cases against a server process and a proxy process in front of it, several
 * at a time, with a canary for each role and a watch on its memory. A second proxy
 * receives only cache hits, and a second server has more idle clients than its
 * connection limit.
 *
 * @module
 */

import { formatAddress } from "../../lib/net/mod.ts";
import { join } from "../harness/join.ts";
import { Canary } from "./canary.ts";
import { type Exchange, makeCase } from "./case.ts";
import { converse } from "./converse.ts";
import { Crowd } from "./crowd.ts";
import { Finding } from "./finding.ts";
import { LiveRole } from "./live_role.ts";
import { MemoryWatch } from "./memory.ts";
import { hex } from "./oracle.ts";
import { Regular } from "./regular.ts";

/** Options for {@linkcode fuzz}. */
export interface FuzzOptions {
  /** The seed of the cases: the same seed generates the same cases. */
  readonly seed: number;
  /** How long to run. */
  readonly seconds: number;
  /** Runs only this case, once. */
  readonly only?: number | undefined;
  /** The timeout for an answer, in milliseconds. */
  readonly patience: number;
}

/** How many cases run at a time. */
const LANES = 8;

/** The warm-up as a share of the whole time, and its maximum in seconds. */
const WARM_UP = { share: 1 / 4, most: 60 };

/** How many bytes of a case to print. Its number reproduces all of them. */
const SHOWN = 2_000;

/**
 * Fuzzes until the time is over.
 *
 * @returns A summary in one line.
 * @throws {Finding} As soon as a role misbehaves.
 */
export async function fuzz(options: FuzzOptions): Promise<string> {
  await using server = await LiveRole.start("server");
  const upstream = [
    ...["-s", formatAddress(server.address)],
    ...["--upstream-timeout", `${options.patience / 1000}`],
  ];
  // The cache of this proxy fills during the warm-up, that of the roomy one never.
  await using proxy = await LiveRole.start("proxy", [
    ...upstream,
    "--entries",
    "100",
  ]);
  await using roomy = await LiveRole.start("proxy", upstream, "roomy proxy");
  await using full = await LiveRole.start("server", [
    "--max-connections",
    `${Crowd.ROOM}`,
  ], "full server");
  const campaign = new Campaign(options, { server, proxy, roomy, full });
  await campaign.run();
  for (const role of [full, roomy, proxy, server]) await role.end();
  return `${campaign}`;
}

/** The roles under test: two for the cases, two with special clients. */
type Roles = Readonly<
  Record<"server" | "proxy" | "roomy" | "full", LiveRole>
>;

class Campaign {
  readonly #options: FuzzOptions;
  readonly #roles: Roles;
  readonly #canaries: readonly Canary[];
  readonly #regular: Regular;
  readonly #crowd: Crowd;
  readonly #memories: readonly MemoryWatch[];
  readonly #start = performance.now();
  readonly #underWay = new Set<number>();
  #cases = 0;
  #answers = 0;
  #isOver = false;
  #finding: string | undefined;

  constructor(options: FuzzOptions, roles: Roles) {
    const { seed, patience } = options;
    const { server, proxy, roomy, full } = roles;
    this.#options = options;
    this.#roles = roles;
    this.#canaries = [server, proxy, full].map(({ address }) =>
      new Canary(address, patience)
    );
    this.#regular = new Regular(roomy.address, patience);
    this.#crowd = new Crowd(full.address, seed, patience);
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
      this.#crowd.gather(isOver),
      this.#watch(),
    ].map((work) => this.#guard(work));
    await Promise.all(lanes.map((lane) => this.#guard(lane)));
    this.#isOver = true;
    await Promise.all(beside);
    if (this.#finding) {
      throw new Finding([this.#finding, ...this.#afterwards()].join("\n"));
    }
  }

  /** The summary. */
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
      `${this.#crowd.newcomers} newcomers`,
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
    const { role, exchanges } = makeCase(seed, number);
    const { address } = this.#roles[role];
    await Promise.all(exchanges.map(async (exchange, index) => {
      try {
        const answers = await converse(address, exchange, patience);
        this.#answers += answers;
      } catch (error) {
        const where = `connection ${index + 1} of ${exchanges.length}`;
        throw new Finding(
          `Case ${number}, to the ${role}, ${where}, ${describe(exchange)}\n${
            inWords(error)
          }`,
        );
      }
    }));
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

  /** The first failure stops everything else. */
  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#isOver = true;
      this.#finding ??= [
        `Seed ${this.#options.seed}, cases in progress: ${
          [...this.#underWay].join(" ")
        }`,
        inWords(error),
      ].join("\n");
    }
  }

  /** The state of the roles after a finding. */
  *#afterwards(): Generator<string> {
    for (const role of Object.values(this.#roles)) {
      try {
        role.check();
        yield `The ${role.name} is still running.`;
      } catch (error) {
        yield `The ${role.name}: ${inWords(error)}`;
      }
    }
  }
}

function describe({ pieces, ending }: Exchange): string {
  const bytes = join(...pieces);
  return [
    `${bytes.length} bytes in ${pieces.length} pieces, then ${ending}:`,
    hex(bytes, SHOWN),
  ].join("\n");
}

/** Any other error is a bug, so its stack trace is included. */
function inWords(error: unknown): string {
  if (error instanceof Finding) return error.message;
  return error instanceof Error ? error.stack ?? error.message : `${error}`;
}
