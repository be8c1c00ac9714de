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

/** The figures of a role and of an echo under the same load. */
export interface Comparison {
  readonly role: Figures;
  readonly echo: Figures;
}

/** The duration of each turn, in seconds. */
const SLICE = 0.5;

/**
 * Puts a role and an echo under the same load, in turns. The echo's responses are
 * as long as the role's.
 *
 * @param question The load and the role.
 */
export async function compare(question: Question): Promise<Comparison> {
  const { role: process, requests, ca, ...shape } = question;
  const tls = ca === undefined ? {} : { tls: { caCerts: [ca] } };
  const sample = await ask(process.address, new Frame(requests()), tls);
  await using echoing = await startEcho(sample.bytes.length);
  const beside = { ...shape, requests, role: echoing };
  const [echo, role] = await inTurns(beside, question);
  return { role, echo };
}

/**
 * Measures two loads in turns, so that other load on the machine affects both.
 *
 * @param one A load and a process.
 * @param other Another load, another process, or both.
 * @returns The figures of both, in the same order.
 */
export async function inTurns(
  one: Question,
  other: Question,
): Promise<[Figures, Figures]> {
  const { warmUp = 1, slices = 4 } = one;
  using first = await Meter.open(one);
  using second = await Meter.open(other);
  for (const meter of [first, second]) await meter.warmUp(warmUp);
  for (let slice = 0; slice < slices; slice++) {
    await first.run(SLICE);
    await second.run(SLICE);
  }
  return [first.figures(), second.figures()];
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

  static async open(question: Question): Promise<Meter> {
    const { role, requests, ca } = question;
    const clock = new CpuClock(role.pid);
    return new Meter(
      clock,
      await Generator.open(role.address, question, requests, ca),
    );
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
