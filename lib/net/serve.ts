import type { Handler } from "../protocol/mod.ts";
import { type Address, formatAddress } from "./address.ts";
import { closeOnce } from "./close_once.ts";
import { converse, type ServeEvents } from "./conversation.ts";

/** How long to wait, in milliseconds, when a connection could not be accepted. */
const RETRY_ACCEPT = 10;

/** Options for {@linkcode serve}. */
export interface ServeOptions {
  /**
   * The address to listen on.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /** The port to listen on; 0 takes a free one. */
  port: number;
  /**
   * How many connections may wait to be accepted.
   *
   * @default {500}
   */
  backlog?: number;
  /** Who is told of connections, requests and responses. */
  events?: ServeEvents;
}

/**
 * Answers whoever connects, with a handler, as `Deno.serve` does for HTTP.
 *
 * @param options Where to listen, and who is told what happens.
 * @param handler What answers.
 * @returns The server, at work already.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 *
 * @example Usage
 * ```ts
 * import { ask, calculator, decodeResponse, encodeRequest, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * const response = await ask(server.address, encodeRequest("2 ** 10"));
 * assertEquals(decodeResponse(response).result, "1024");
 * ```
 */
export function serve(
  { hostname = "127.0.0.1", port, backlog = 500, events = {} }: ServeOptions,
  handler: Handler,
): Server {
  const listener = Deno.listen({ hostname, port, tcpBacklog: backlog });
  return new Server(listener, handler, events);
}

/** A handler at work on a port, from {@linkcode serve}. */
export class Server implements AsyncDisposable {
  /** Where it listens, with the port that it got. */
  readonly address: Address;
  /** Resolves when it listens no more and all its connections are closed. */
  readonly finished: Promise<void>;
  readonly #listener: Deno.TcpListener;
  readonly #handler: Handler;
  readonly #events: ServeEvents;
  readonly #conversations = new Map<Deno.Conn, Promise<void>>();
  #closing = false;

  /**
   * Takes a listener over and begins to accept connections.
   *
   * @param listener Where connections come in; from here on it is the server's.
   * @param handler What answers.
   * @param events Who is told.
   */
  constructor(
    listener: Deno.TcpListener,
    handler: Handler,
    events: ServeEvents,
  ) {
    this.address = listener.addr;
    this.#listener = listener;
    this.#handler = handler;
    this.#events = events;
    this.finished = this.#accept();
  }

  /** Stops listening, closes all connections, and waits until they are. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      closeOnce(this.#listener);
      for (const tcp of this.#conversations.keys()) closeOnce(tcp);
    }
    await this.finished;
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #accept(): Promise<void> {
    while (!this.#closing) {
      try {
        this.#converse(await this.#listener.accept());
      } catch (error) {
        // Closed, here or by whoever else holds the listener.
        if (error instanceof Deno.errors.BadResource) break;
        // Out of files for now: others may be closed in a moment.
        await new Promise((resolve) => setTimeout(resolve, RETRY_ACCEPT));
      }
    }
    await Promise.all(this.#conversations.values());
  }

  #converse(tcp: Deno.TcpConn): void {
    // It may have come in while the others were being closed.
    if (this.#closing) return tcp.close();
    // A small response does not wait for the last one to be acknowledged.
    tcp.setNoDelay();
    const client = formatAddress(tcp.remoteAddr);
    const end = converse(tcp, client, this.#handler, this.#events)
      .finally(() => this.#conversations.delete(tcp));
    this.#conversations.set(tcp, end);
  }
}
