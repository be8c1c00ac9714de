import { ask } from "../lib/net/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import type { RoleProcess } from "../tools/harness/role_process.ts";
import { CpuClock } from "./cpu.ts";
import { Generator, type Shape } from "./generator.ts";
import type { Requests } from "./pipeline.ts";
import { percentile } from "./percentile.ts";
import { startEcho } from "./process.ts";

/** A load and the process to put under it. */
export interface Question extends Shape {
  /** The process under load. */
  readonly role: RoleProcess;
  /** The requests to send. */
  readonly requests: Requests;
  /**
   * The authority of its certificate, in PEM, if it uses TLS. The echo does not,
   * so the ratio includes the cost of TLS.
   */
  readonly ca?: string;
  /** The duration of the warm-up, in seconds. */
  readonly warmUp?: number;
  /** The number of measurements of half a second each. */
  readonly slices?: number;
}

/** The performance of a process under load. */
export interface Figures {
  /** Answers per second. */
  readonly rate: number;
  /** The median latency, in milliseconds. */
  readonly p50: number;
  /** The 99th percentile of the latency, in milliseconds. */
  readonly p99: number;
  /** CPU time per answer in microseconds, if the system reports it. */
  readonly cpu: number | undefined;
  /** The share of one core that it used, if the system reports it. */
  readonly busy: number | undefined;
  /** Missing or wrong answers. */
  readonly errors: number;
}

/** A role and an echo under the same load. */
export interface Comparison {
  readonly role: Figures;
  readonly echo: Figures;
}

/** The duration of each turn, in seconds. */
const SLICE = 0.5;

/**
 * Puts a role and an echo under the same load, in turns, so that other load on the
 * machine affects both. The echo's responses are as long as the role's.
 *
 * @param question The load and the role.
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

/** Reports missing or wrong answers, which make the figures unreliable. */
export function reportErrors({ role, echo }: Comparison): void {
  const errors = role.errors + echo.errors;
  if (errors === 0) return;
  console.log(`  ${errors} answers were missing or wrong.`);
  Deno.exitCode = 1;
}

/** Puts a process under load and measures its latency and CPU time. */
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

  /** Runs without measuring. */
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
