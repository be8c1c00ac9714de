/**
 * Load in a closed loop: every connection has so many requests in flight, and
 * asks again when one is answered. It is a process apart from the roles, so
 * that what it costs itself is not counted.
 *
 * @module
 */

import type { Address } from "../lib/net/mod.ts";
import { Pipeline, type Requests } from "./pipeline.ts";

/** How much is asked at once. */
export interface Shape {
  /** How many connections there are at any time. */
  readonly connections: number;
  /** How many requests are in flight on each of them. */
  readonly inFlight: number;
  /** Whether each request has a connection of its own, closed when it is answered. */
  readonly oneEach?: boolean;
}

/** How many connections are opened at once: the others would not fit in the backlog. */
const OPENED_AT_ONCE = 100;

/**
 * How many requests a run has at most if each has its own connection: their
 * ports stay taken for a while, and there are some 28,000.
 */
const MOST_ONE_EACH = 3_000;

/** Whoever asks, and what came of it. */
export class Generator implements Disposable {
  /** From request to response, in milliseconds, of each good answer. */
  readonly latencies: number[] = [];
  /** How many answers did not come, not whole, or with a status other than 200. */
  errors = 0;
  /** How long it has run, in seconds. */
  seconds = 0;
  readonly #address: Address;
  readonly #shape: Shape;
  readonly #requests: Requests;
  readonly #ca: string | undefined;
  readonly #pipelines: Pipeline[] = [];

  private constructor(
    address: Address,
    shape: Shape,
    requests: Requests,
    ca: string | undefined,
  ) {
    this.#address = address;
    this.#shape = shape;
    this.#requests = requests;
    this.#ca = ca;
  }

  /**
   * Connects, and asks nothing yet.
   *
   * @param address Who is asked.
   * @param shape How much is asked at once.
   * @param requests What is asked.
   * @param ca The authority to trust, in PEM, if TLS is to be spoken.
   */
  static async open(
    address: Address,
    shape: Shape,
    requests: Requests,
    ca?: string,
  ): Promise<Generator> {
    const generator = new Generator(address, shape, requests, ca);
    if (shape.oneEach) return generator;
    const pipelines = generator.#pipelines;
    while (pipelines.length < shape.connections) {
      const missing = shape.connections - pipelines.length;
      const opened = Array.from(
        { length: Math.min(missing, OPENED_AT_ONCE) },
        () => generator.#connect(),
      );
      pipelines.push(...await Promise.all(opened));
    }
    return generator;
  }

  /**
   * Asks for so many seconds, and waits for the last answers.
   *
   * @param seconds How long.
   */
  async run(seconds: number): Promise<void> {
    const start = performance.now();
    const until = start + 1000 * seconds;
    await (this.#shape.oneEach ? this.#runOneEach(until) : Promise.all(
      this.#pipelines.map((pipeline) => this.#converse(pipeline, until)),
    ));
    this.seconds += (performance.now() - start) / 1000;
  }

  /** Forgets what came of it so far. */
  reset(): void {
    this.latencies.length = 0;
    this.errors = 0;
    this.seconds = 0;
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    for (const pipeline of this.#pipelines) pipeline[Symbol.dispose]();
  }

  #connect(): Promise<Pipeline> {
    return Pipeline.connect(this.#address, this.#ca);
  }

  async #converse(pipeline: Pipeline, until: number): Promise<void> {
    try {
      let allowed = this.#shape.inFlight;
      while (allowed > 0 || pipeline.inFlight > 0) {
        if (allowed > 0) await pipeline.ask(allowed, this.#requests);
        const answered = await pipeline.answers(this.latencies);
        allowed = performance.now() < until ? answered : 0;
      }
    } catch {
      // What broke, or was answered wrongly, asks no more.
      this.errors += Math.max(pipeline.inFlight, 1);
    }
  }

  async #runOneEach(until: number): Promise<void> {
    let left = MOST_ONE_EACH;
    const askOneByOne = async () => {
      while (left-- > 0 && performance.now() < until) {
        const began = performance.now();
        try {
          using pipeline = await this.#connect();
          await pipeline.ask(1, this.#requests, began);
          await pipeline.answers(this.latencies);
        } catch {
          this.errors++;
        }
      }
    };
    await Promise.all(
      Array.from({ length: this.#shape.connections }, askOneByOne),
    );
  }
}
