import type { Address } from "../../lib/net/mod.ts";
import { FrameReader } from "../../lib/protocol/mod.ts";
import { join } from "../harness/join.ts";
import type { Case } from "./case.ts";
import { Finding } from "./finding.ts";
import { check, expect, type Expectation, type Expected } from "./oracle.ts";

/**
 * Does to a role what a case says, and holds all that comes back against what
 * must.
 *
 * @param address Where the role listens.
 * @param made The case.
 * @param patience How long each answer may take, in milliseconds.
 * @returns How many responses were as they must be.
 * @throws {Finding} If one was not, or none came, or one too many.
 */
export async function converse(
  { hostname, port }: Address,
  made: Case,
  patience: number,
): Promise<number> {
  // Before the connection is made: a role waits only so long for a request.
  const expectation = await expect(join(...made.pieces));
  const tcp = await Deno.connect({ hostname, port });
  using peer = new Peer(tcp, patience);
  try {
    const written = peer.write(made);
    if (made.ending === "hang up") {
      await written;
    } else {
      await peer.hearAll(made, expectation, written);
    }
    return peer.heard;
  } catch (error) {
    if (error instanceof Finding) throw error;
    throw new Finding(
      `expected ${expectation.answers.length} answers\n     got after ${peer.heard}: ${error}`,
    );
  }
}

/** The client's end of a connection. */
class Peer implements Disposable {
  /** How many responses have come and were as expected. */
  heard = 0;
  readonly #tcp: Deno.TcpConn;
  readonly #frames: FrameReader;
  readonly #patience: number;

  constructor(tcp: Deno.TcpConn, patience: number) {
    tcp.setNoDelay();
    this.#tcp = tcp;
    this.#frames = new FrameReader(tcp);
    this.#patience = patience;
  }

  [Symbol.dispose](): void {
    this.#tcp.close();
  }

  /** Writes all pieces, as far as the other end takes them. */
  async write({ pieces, pause: between, ending }: Case): Promise<void> {
    try {
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) await pause(between);
        for (let at = 0; at < piece.length;) {
          at += await this.#tcp.write(piece.subarray(at));
        }
      }
      if (ending === "shut down") await this.#tcp.closeWrite();
    } catch {
      // Whoever is refused is not heard out, and whoever is not heard is missed
      // among the answers.
    }
  }

  async hearAll(
    { ending }: Case,
    { answers, refusal, isRefusedAtOnce }: Expectation,
    written: Promise<void>,
  ): Promise<void> {
    try {
      for (const answer of answers) await this.#hear(answer);
      if (ending === "answers first" && !isRefusedAtOnce) {
        await written;
        await this.#tcp.closeWrite();
      }
      if (refusal) await this.#hear(refusal);
    } catch (error) {
      // A role that refuses listens to the rest for a moment only; a rest that
      // comes later resets the connection and may take the answers with it.
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

  async #hearEnd(): Promise<void> {
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
