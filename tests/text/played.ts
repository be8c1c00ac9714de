import { ask } from "../../lib/net/mod.ts";
import type { Frame, Header } from "../../lib/protocol/mod.ts";
import { proxy, type ProxyOptions } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { frameOf } from "./frames.ts";

/** A payload: the string `7`. */
export const SEVEN: Uint8Array = Uint8Array.of(0xa1, 0x37);

/** Where the clock of a proxy begins, in seconds since 1970. */
export const NOON = 1_800_000_000;

/** A proxy with a separate clock, in front of a server that the test plays. */
export class Played {
  /** The time on the proxy's clock, in seconds. */
  now = NOON;
  /** What the server answers; `undefined` closes the connection. */
  response: Frame | undefined;
  /** The requests that have reached the server. */
  readonly asked: Frame[] = [];
  readonly #options: ProxyOptions;
  #send: (request: Frame) => Promise<Frame> = () => Promise.reject();

  constructor(options: ProxyOptions = {}) {
    this.#options = options;
  }

  /** What the server answers, stamped by the proxy's clock unless told otherwise. */
  answer(header: Partial<Header> = {}, payload = SEVEN): Frame {
    this.response = frameOf({
      type: "response",
      status: 200,
      timeStamp: this.now,
      ...header,
    }, payload);
    return this.response;
  }

  /** Sends a request to the proxy. */
  send(header: Partial<Header> = {}, payload = SEVEN): Promise<Frame> {
    return this.#send(frameOf(header, payload));
  }

  async run(test: (played: this) => Promise<void>): Promise<void> {
    await using server = new BareServer(async (peer) => {
      for (let request; (request = await peer.frame()) !== undefined;) {
        this.asked.push(request.copy());
        if (!this.response) return;
        await peer.write(this.response.bytes);
      }
    });
    const handler = proxy(server.address, {
      attempts: 1,
      now: () => this.now,
      ...this.#options,
    });
    await using between = serve({ port: 0 }, handler);
    this.#send = (request) => ask(between.address, request);
    await test(this);
  }
}
