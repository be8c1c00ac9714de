import type { Handler } from "../protocol/mod.ts";
import { type Address, formatAddress } from "./address.ts";
import { closeOnce } from "./close_once.ts";
import type { Conn, Listener } from "./conn.ts";
import {
  type Clock,
  Conversation,
  type Patience,
  type ServeEvents,
} from "./conversation.ts";
import type { Certificate } from "./tls.ts";

/** How long to wait, in milliseconds, when a connection could not be accepted. */
const RETRY_ACCEPT = 10;

/** How often at least, in milliseconds, clients are looked at that take too long. */
const TICK = 1_000;

/** How long connections have, in milliseconds, to end of themselves. */
const GRACE = 5_000;

/** Options for {@linkcode serve}. Times are in milliseconds. */
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
  /**
   * Whether others may listen on the same port, each with a share of the
   * connections: one process for each core. On Linux, with `--unstable-net`.
   *
   * @default {false}
   */
  sharePort?: boolean;
  /**
   * How many connections there may be at once. Any more are closed at once.
   *
   * @default {500}
   */
  maxConnections?: number;
  /**
   * How long a client may take to finish a frame that it has begun.
   *
   * @default {10_000}
   */
  readTimeout?: number;
  /**
   * How long a client may stay connected and ask nothing.
   *
   * @default {60_000}
   */
  idleTimeout?: number;
  /**
   * How long a client may take to read what is written to it.
   *
   * @default {10_000}
   */
  writeTimeout?: number;
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
export function serve(options: ServeOptions, handler: Handler): Server {
  const listener = Deno.listen(listenOptions(options));
  return new Server(listener, handler, options);
}

/**
 * Answers whoever connects with TLS.
 *
 * @param options Where to listen, and who is told what happens.
 * @param certificate What makes clients sure of whom they talk to.
 * @param handler What answers.
 * @returns The server, at work already.
 * @throws {TypeError} If the certificate or its key cannot be read, or do not
 * belong together.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 *
 * @example Usage
 * ```ts
 * import { calculator, type Server, serveTls } from "@calculator/tcp";
 *
 * async function start(): Promise<Server> {
 *   const cert = await Deno.readTextFile("cert.pem");
 *   const key = await Deno.readTextFile("key.pem");
 *   return await serveTls({ port: 9999 }, { cert, key }, calculator());
 * }
 * ```
 */
export async function serveTls(
  options: ServeOptions,
  certificate: Certificate,
  handler: Handler,
): Promise<Server> {
  // Loaded here, as most servers do without.
  const { acceptTls } = await import("./tls.ts");
  const listener = Deno.listen(listenOptions(options));
  try {
    return new Server(acceptTls(listener, certificate), handler, options);
  } catch (error) {
    listener.close();
    throw error;
  }
}

function listenOptions(
  { hostname = "127.0.0.1", port, backlog = 500, sharePort = false }:
    ServeOptions,
) {
  return { hostname, port, tcpBacklog: backlog, reusePort: sharePort };
}

/**
 * A handler at work on a port, from {@linkcode serve}.
 *
 * @example Usage
 * ```ts
 * import { calculator, serve } from "@calculator/tcp";
 * import { assert } from "@std/assert";
 *
 * const server = serve({ port: 0 }, calculator());
 * assert(server.address.port > 0);
 * await server.shutdown();
 * await server.finished;
 * ```
 */
export class Server implements AsyncDisposable {
  /** Where it listens, with the port that it got. */
  readonly address: Address;
  /** Resolves when it listens no more and all its connections are closed. */
  readonly finished: Promise<void>;
  readonly #listener: Listener;
  readonly #handler: Handler;
  readonly #options: Omit<ServeOptions, "port">;
  readonly #conversations = new Map<Conversation, Promise<void>>();
  readonly #clock: Clock = { now: performance.now() };
  #isClosing = false;

  /**
   * Takes a listener over and begins to accept connections.
   *
   * @param listener Where connections come in; from here on it is the server's.
   * @param handler What answers.
   * @param options How many clients there may be, how long they may take, and
   * who is told.
   */
  constructor(
    listener: Listener,
    handler: Handler,
    options: Omit<ServeOptions, "port">,
  ) {
    this.address = listener.addr;
    this.#listener = listener;
    this.#handler = handler;
    this.#options = options;
    this.finished = this.#accept();
  }

  /**
   * Stops listening, answers what has been asked, and ends all connections.
   * Clients have a second to take their last answers and to close.
   *
   * @param grace How long that may take, in milliseconds; after it, whatever is
   * still open is closed.
   */
  async shutdown(grace: number = GRACE): Promise<void> {
    this.#stopListening();
    // What has arrived by now has been asked: it is read in the next turn.
    await new Promise((resolve) => setTimeout(resolve));
    for (const conversation of this.#conversations.keys()) conversation.drain();
    const timer = setTimeout(() => this.#endAll(), grace);
    await this.finished;
    clearTimeout(timer);
  }

  /** Stops listening, closes all connections at once, and waits until they are. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#endAll();
    await this.finished;
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #stopListening(): void {
    this.#isClosing = true;
    closeOnce(this.#listener);
  }

  #endAll(): void {
    for (const conversation of this.#conversations.keys()) conversation.end();
  }

  async #accept(): Promise<void> {
    const {
      readTimeout = 10_000,
      idleTimeout = 60_000,
      writeTimeout = 10_000,
    } = this.#options;
    const patience = {
      read: readTimeout,
      idle: idleTimeout,
      write: writeTimeout,
    };
    // One clock for all, so that a request costs no timer.
    const tick = Math.min(TICK, readTimeout / 4, idleTimeout / 4);
    const ticking = setInterval(() => {
      // What began since the last tick counts as if it had begun with it: late
      // is better than early.
      for (const conversation of this.#conversations.keys()) {
        conversation.expire(this.#clock.now);
      }
      this.#clock.now = performance.now();
    }, tick);
    while (!this.#isClosing) {
      try {
        this.#converse(await this.#listener.accept(), patience);
      } catch (error) {
        // Closed, here or by whoever else holds the listener.
        if (error instanceof Deno.errors.BadResource) break;
        // Whoever has left before it could be welcomed leaves nothing to wait for.
        if (error instanceof Deno.errors.NotConnected) continue;
        // Out of files for now: others may be closed in a moment.
        await new Promise((resolve) => setTimeout(resolve, RETRY_ACCEPT));
      }
    }
    await Promise.all(this.#conversations.values());
    clearInterval(ticking);
  }

  #converse(tcp: Conn, patience: Patience): void {
    const { maxConnections = 500, events = {} } = this.#options;
    const client = formatAddress(tcp.remoteAddr);
    // It may have come in while the others were being closed.
    if (this.#isClosing) return closeOnce(tcp);
    if (this.#conversations.size >= maxConnections) {
      closeOnce(tcp);
      events.refused?.(client);
      return;
    }
    const conversation = new Conversation(
      tcp,
      client,
      this.#handler,
      events,
      patience,
      this.#clock,
    );
    const end = conversation.run()
      .finally(() => this.#conversations.delete(conversation));
    this.#conversations.set(conversation, end);
  }
}
