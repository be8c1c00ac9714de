/**
 * Misbehaving peers for the network tests.
 *
 * @module
 */

import type { Address } from "../../lib/net/mod.ts";
import { type Frame, FrameReader } from "../../lib/protocol/mod.ts";

/** A bare connection: bytes are sent as written. */
export class BarePeer implements Disposable {
  readonly tcp: Deno.TcpConn;
  readonly #frames: FrameReader;

  constructor(tcp: Deno.TcpConn) {
    this.tcp = tcp;
    this.#frames = new FrameReader(tcp);
  }

  static async connect({ hostname, port }: Address): Promise<BarePeer> {
    return new BarePeer(await Deno.connect({ hostname, port }));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.tcp.write(bytes.subarray(at));
    }
  }

  /** The next frame, or `undefined` at end of stream. */
  async frame(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#frames.take();
      if (frame) return frame;
      if (!await this.#frames.fill()) return undefined;
    }
  }

  [Symbol.dispose](): void {
    try {
      this.tcp.close();
    } catch {
      // The test has already closed it.
    }
  }
}

/** A server with a custom function for every connection. */
export class BareServer implements AsyncDisposable {
  readonly address: Address;
  /** The number of connections so far. */
  connections = 0;
  readonly #listener: Deno.TcpListener;
  readonly #end: Promise<void>;

  constructor(treat: (peer: BarePeer) => Promise<void>) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = this.#listener.addr;
    this.#end = this.#accept(treat);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#end;
  }

  async #accept(treat: (peer: BarePeer) => Promise<void>): Promise<void> {
    const treated: Promise<void>[] = [];
    try {
      for await (const tcp of this.#listener) {
        this.connections++;
        const peer = new BarePeer(tcp);
        treated.push(treat(peer).finally(() => peer[Symbol.dispose]()));
      }
    } finally {
      await Promise.all(treated);
    }
  }
}
