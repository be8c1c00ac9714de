import type { Address } from "../../lib/net/mod.ts";
import { FrameReader } from "../../lib/protocol/mod.ts";
import { join } from "../harness/join.ts";
import type { Exchange } from "./case.ts";
import { Finding } from "./finding.ts";
import {
  check,
  expect,
  type Expectation,
  type Expected,
  hex,
} from "./oracle.ts";

/** How long a client that never reads stays connected, in milliseconds. */
const STAY = 1_000;

/**
 * Runs an exchange with a role and checks every response.
 *
 * @param address The address of the role.
 * @param exchange The exchange.
 * @param patience The timeout for each response, in milliseconds.
 * @returns The number of responses, all as expected.
 * @throws {Finding} If a response is wrong, missing or superfluous.
 */
export async function converse(
  { hostname, port }: Address,
  exchange: Exchange,
  patience: number,
): Promise<number> {
  const { pieces, ending } = exchange;
  const isHeard = ending === "shut down" || ending === "answers first";
  // Computed before connecting, because a role times out idle clients.
  const expectation = isHeard ? await expect(join(...pieces)) : undefined;
  const tcp = await Deno.connect({ hostname, port });
  using peer = new Peer(tcp, patience);
  try {
    const written = peer.write(exchange);
    if (expectation) await peer.hearAll(exchange, expectation, written);
    else if (ending === "hang up") await written;
    else await pause(STAY);
    return peer.heard;
  } catch (error) {
    if (error instanceof Finding) throw error;
    throw new Finding(
      `expected ${expectation?.answers.length} answers\n     got after ${peer.heard}: ${error}`,
    );
  }
}

/** The client end of a connection. */
class Peer implements Disposable {
  /** The number of responses received as expected. */
  heard = 0;
  readonly #tcp: Deno.TcpConn;
  readonly #frames: FrameReader;
  readonly #patience: number;
  #isForeign = false;

  constructor(tcp: Deno.TcpConn, patience: number) {
    tcp.setNoDelay();
    this.#tcp = tcp;
    this.#frames = new FrameReader(tcp);
    this.#patience = patience;
  }

  [Symbol.dispose](): void {
    this.#tcp.close();
  }

  /** Writes all pieces, unless the role closes the connection. */
  async write({ pieces, pause: between, ending }: Exchange): Promise<void> {
    try {
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) await pause(between);
        for (let at = 0; at < piece.length;) {
          at += await this.#tcp.write(piece.subarray(at));
        }
      }
      if (ending === "shut down") await this.#tcp.closeWrite();
    } catch {
      // The role may have refused the stream. If not, an answer will be missing.
    }
  }

  async hearAll(
    { ending }: Exchange,
    { answers, refusal, isRefusedAtOnce, foreign }: Expectation,
    written: Promise<void>,
  ): Promise<void> {
    try {
      if (foreign) await this.#hearBytes(foreign);
      for (const answer of answers) await this.#hear(answer);
      if (ending === "answers first" && !isRefusedAtOnce) {
        await written;
        await this.#tcp.closeWrite();
      }
      if (refusal) await this.#hear(refusal);
    } catch (error) {
      // After refusing, a role reads the rest only for a moment. Bytes that arrive
      // later reset the connection, and the answers may be lost.
      const isReset = error instanceof Deno.errors.ConnectionReset;
      if (isReset && isRefusedAtOnce) return;
      throw error;
    }
    await this.#hearEnd();
    await written;
  }

  async #hear(expected: Expected): Promise<void> {
    let frame = this.#frames.take();
    while (!frame) {
      if (!await this.#fill()) {
        throw new Finding(
          `expected one more answer after ${this.heard}\n     got the end`,
        );
      }
      frame = this.#frames.take();
    }
    check(frame, expected);
    this.heard++;
  }

  /** Reads bytes that are not a frame, up to end of stream. */
  async #hearBytes(expected: Uint8Array): Promise<void> {
    while (await this.#fill());
    const got = this.#frames.rest;
    if (got.toHex() !== expected.toHex()) {
      throw new Finding(
        `expected ${hex(expected, 100)}\n     got ${hex(got, 100)}`,
      );
    }
    this.#isForeign = true;
  }

  async #hearEnd(): Promise<void> {
    if (this.#isForeign) return;
    while (this.#frames.pending === 0) {
      if (!await this.#fill()) return;
    }
    throw new Finding(
      `expected no more answers after ${this.heard}\n     got ${this.#frames.pending} bytes`,
    );
  }

  async #fill(): Promise<boolean> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const patience = this.#patience / 1000;
      late.reject(
        new Finding(
          `expected an answer within ${patience} s after ${this.heard}\n     got none`,
        ),
      );
    }, this.#patience);
    try {
      return await Promise.race([this.#frames.fill(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
