import { ask } from "../lib/net/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import type { RoleProcess } from "../tools/harness/role_process.ts";
import { CpuClock } from "./cpu.ts";
import { Generator, type Shape } from "./generator.ts";
import type { Requests } from "./pipeline.ts";
import { percentile } from "./percentile.ts";
import { startEcho } from "./process.ts";

/** What is asked, of whom, and how. */
export interface Question extends Shape {
  /** Who answers. */
  readonly role: RoleProcess;
  /** What is asked. */
  readonly requests: Requests;
  /**
   * The authority of its certificate, in PEM, if it speaks TLS. The echo does
   * not, so that the ratio is the price of TLS.
   */
  readonly ca?: string;
  /** How long before anything counts, in seconds. */
  readonly warmUp?: number;
  /** How often it is measured, half a second each time. */
  readonly slices?: number;
}

/** What a process did under load. */
export interface Figures {
  /** Answers per second. */
  readonly rate: number;
  /** The time that half of the answers took at most, in milliseconds. */
  readonly p50: number;
  /** The time that 99 of 100 answers took at most, in milliseconds. */
  readonly p99: number;
  /** CPU time per answer in microseconds, where the system tells it. */
  readonly cpu: number | undefined;
  /** How much of one core it used, where the system tells it. */
  readonly busy: number | undefined;
  /** Answers that did not come, or not as they should. */
  readonly errors: number;
}

/** A role beside an echo that was asked the same. */
export interface Comparison {
  readonly role: Figures;
  readonly echo: Figures;
}

/** How long the turn of either one is, in seconds. */
const SLICE = 0.5;

/**
 * Puts a role and an echo under the same load, in turns, so that what else the
 * machine does meets both. The echo's responses are as long as the role's.
 *
 * @param question What is asked, of whom, and how.
 */
export async function compare(question: Question): Promise<Comparison> {
  const { role, requests, ca, warmUp = 1, slices = 4 } = question;
  const tls = ca === undefined ? {} : { tls: { caCerts: [ca] } };
  const sample = await ask(role.address, new Frame(requests()), tls);
  await using echo = await startEcho(sample.bytes.length);
  using besideEcho = await Meter.open(echo, question);
  using besideRole = await Meter.open(role, question, ca);
  for (const meter of [besideEcho, besideRole]) await meter.warmUp(warmUp);
  for (let slice = 0; slice < slices; slice++) {
    await besideEcho.run(SLICE);
    await besideRole.run(SLICE);
  }
  return { role: besideRole.figures(), echo: besideEcho.figures() };
}

/** Says that figures are not to be trusted, if so. */
export function reportErrors({ role, echo }: Comparison): void {
  const errors = role.errors + echo.errors;
  if (errors === 0) return;
  console.log(`  ${errors} answers did not come, or not as they should.`);
  Deno.exitCode = 1;
}

/** Load on a process, and what that costs it. */
class Meter implements Disposable {
  readonly #clock: CpuClock;
  readonly #generator: Generator;
  #cpu: number | undefined = 0;

  private constructor(clock: CpuClock, generator: Generator) {
    this.#clock = clock;
    this.#generator = generator;
  }

  static async open(
    process: RoleProcess,
    question: Question,
    ca?: string,
  ): Promise<Meter> {
    const clock = new CpuClock(process.pid);
    const { address } = process;
    const generator = await Generator.open(
      address,
      question,
      question.requests,
      ca,
    );
    return new Meter(clock, generator);
  }

  /** Runs without counting. */
  async warmUp(seconds: number): Promise<void> {
    await this.#generator.run(seconds);
    this.#generator.reset();
  }

  async run(seconds: number): Promise<void> {
    const before = this.#clock.read();
    await this.#generator.run(seconds);
    const after = this.#clock.read();
    this.#cpu = this.#cpu === undefined || before === undefined ||
        after === undefined
      ? undefined
      : this.#cpu + after - before;
  }

  figures(): Figures {
    const { latencies, seconds, errors } = this.#generator;
    const sorted = Float64Array.from(latencies).sort();
    const cpu = this.#cpu;
    return {
      rate: sorted.length / seconds,
      p50: percentile(sorted, 50),
      p99: percentile(sorted, 99),
      cpu: cpu === undefined ? undefined : cpu / sorted.length,
      busy: cpu === undefined ? undefined : cpu / 1e6 / seconds,
      errors,
    };
  }

  [Symbol.dispose](): void {
    this.#generator[Symbol.dispose]();
  }
}
