/**
 * Generates load in a closed loop: every connection has a fixed number of requests
 * in flight and sends another when one is answered. It runs in a different process
 * from the roles, so that its own cost is not measured.
 *
 * @module
 */

import type { Address } from "../lib/net/mod.ts";
import { Pipeline, type Requests } from "./pipeline.ts";

/** The shape of a load. */
export interface Shape {
  /** The number of connections at any time. */
  readonly connections: number;
  /** The number of requests in flight on each connection. */
  readonly inFlight: number;
  /** Whether each request uses a new connection. */
  readonly oneEach?: boolean;
}

/** How many connections to open at once: more would not fit in the backlog. */
const OPENED_AT_ONCE = 100;

/**
 * The maximum number of requests in a run with a new connection for each: their
 * ports stay in TIME_WAIT, and there are only about 28,000.
 */
const MOST_ONE_EACH = 3_000;

/** Generates load and records the latencies. */
export class Generator implements Disposable {
  /** The time from request to response of each correct answer, in milliseconds. */
  readonly latencies: number[] = [];
  /**
   * The number of answers that were missing, truncated, or had a status other
   * than 200.
   */
  errors = 0;
  /** The total duration of all runs, in seconds. */
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
   * Connects, without sending requests.
   *
   * @param address The process to connect to.
   * @param shape The shape of the load.
   * @param requests The requests to send.
   * @param ca The certificate authority to trust, in PEM. Enables TLS.
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
   * Sends requests for a number of seconds, and waits for the last answers.
   *
   * @param seconds The duration.
   */
  async run(seconds: number): Promise<void> {
    const start = performance.now();
    const until = start + 1000 * seconds;
    await (this.#shape.oneEach ? this.#runOneEach(until) : Promise.all(
      this.#pipelines.map((pipeline) => this.#converse(pipeline, until)),
    ));
    this.seconds += (performance.now() - start) / 1000;
  }

  /** Discards the measurements so far. */
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
      // A connection that failed or got a wrong answer is not used again.
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
