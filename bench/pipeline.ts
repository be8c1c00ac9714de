import type { Address } from "../lib/net/mod.ts";
import { HEADER_LENGTH, MAX_FRAME_LENGTH } from "../lib/protocol/mod.ts";
import { join } from "../tools/harness/join.ts";

/** Returns the next request, a whole frame. */
export type Requests = () => Uint8Array;

/** A connection with several requests in flight. */
export class Pipeline implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(MAX_FRAME_LENGTH);
  /** The number of bytes in the buffer: the beginning of a response. */
  #filled = 0;
  /** The time at which each request in flight was sent, oldest first. */
  readonly #began: number[] = [];

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * Connects, without sending requests.
   *
   * @param address The process to connect to.
   * @param ca The certificate authority to trust, in PEM. Enables TLS.
   */
  static async connect(
    { hostname, port }: Address,
    ca?: string,
  ): Promise<Pipeline> {
    const tcp = await Deno.connect({ hostname, port });
    tcp.setNoDelay();
    if (ca === undefined) return new Pipeline(tcp);
    return new Pipeline(
      await Deno.startTls(tcp, { hostname, caCerts: [ca] }),
    );
  }

  /** The number of requests in flight. */
  get inFlight(): number {
    return this.#began.length;
  }

  /**
   * Sends requests, all in one write.
   *
   * @param count The number of requests.
   * @param requests The source of the requests.
   * @param began The time from which to measure the latency.
   */
  async ask(
    count: number,
    requests: Requests,
    began: number = performance.now(),
  ): Promise<void> {
    const frames = Array.from({ length: count }, requests);
    for (let i = 0; i < count; i++) this.#began.push(began);
    let rest = join(...frames);
    while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
  }

  /**
   * Waits for at least one response.
   *
   * @param latencies Receives the latency of each response, in milliseconds.
   * @returns The number of responses.
   */
  async answers(latencies: number[]): Promise<number> {
    for (;;) {
      const space = this.#buffer.subarray(this.#filled);
      const read = await this.#conn.read(space);
      if (read === null) throw new Error("Closed before the answer");
      this.#filled += read;
      const count = this.#take(latencies);
      if (count > 0) return count;
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#conn.close();
  }

  /** Removes whole responses from the buffer. */
  #take(latencies: number[]): number {
    const now = performance.now();
    const buffer = this.#buffer;
    let start = 0;
    let count = 0;
    while (this.#filled - start >= HEADER_LENGTH) {
      const length = buffer[start + 4]! << 8 | buffer[start + 5]!;
      if (this.#filled - start < length) break;
      // Three bits of the type and the status: a response with status 200.
      const kind = (buffer[start + 6]! & 0b111) << 8 | buffer[start + 7]!;
      const began = this.#began[count];
      if (length < HEADER_LENGTH || kind !== 200 || began === undefined) {
        throw new Error("Not the expected answer");
      }
      latencies.push(now - began);
      start += length;
      count++;
    }
    this.#began.splice(0, count);
    if (start < this.#filled) buffer.copyWithin(0, start, this.#filled);
    this.#filled -= start;
    return count;
  }
}
