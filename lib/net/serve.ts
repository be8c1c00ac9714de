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
import { networkOf } from "./client_network.ts";
import type { Certificate } from "./tls.ts";
import { Turns } from "./fair_queue.ts";

/** How long to wait, in milliseconds, when a connection could not be accepted. */
const RETRY_ACCEPT = 10;

/** The share of accepting connections: that of so many connections. */
const ACCEPTING = 16;

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
   * The maximum number of connections. Beyond it, the connection that has been
   * idle for longest makes room for a new one; if a request is under way on all
   * of them, the new one is refused.
   *
   * @default {500}
   */
  maxConnections?: number;
  /**
   * The maximum number of connections from one address, or from one IPv6
   * network of 64 bits. Beyond it, the client's own idle connections make room.
   *
   * @default {Infinity}
   */
  maxConnectionsPerClient?: number;
  /**
   * How long a client may take to finish a frame that it has begun, or a TLS
   * handshake.
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
  /** All connections that are open, and when they are closed. */
  readonly #ends = new Map<Conversation, Promise<void>>();
  /** Those that count: neither refused nor closed to make room. */
  readonly #admitted = new Map<Conversation, { readonly network: string }>();
  readonly #clock: Clock = { now: performance.now(), idles: 0 };
  readonly #turns = new Turns();
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
    for (const conversation of this.#ends.keys()) conversation.drain();
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
    for (const conversation of this.#ends.keys()) conversation.end();
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
      for (const conversation of this.#admitted.keys()) {
        conversation.expire(this.#clock.now);
      }
      this.#clock.now = performance.now();
    }, tick);
    const turn = this.#turns.join(ACCEPTING);
    while (!this.#isClosing) {
      try {
        const conn = await this.#listener.accept();
        await turn.begin();
        await this.#welcome(conn, patience);
        turn.end();
      } catch (error) {
        // Closed, here or by whoever else holds the listener.
        if (error instanceof Deno.errors.BadResource) break;
        // The client disconnected before it was accepted.
        if (error instanceof Deno.errors.NotConnected) continue;
        // Out of files for now: others may be closed in a moment.
        await new Promise((resolve) => setTimeout(resolve, RETRY_ACCEPT));
      }
    }
    await Promise.all(this.#ends.values());
    clearInterval(ticking);
  }

  /** Answers a client, or refuses it if there is no room. */
  async #welcome(conn: Conn, patience: Patience): Promise<void> {
    const { events = {} } = this.#options;
    const client = formatAddress(conn.remoteAddr);
    const network = networkOf(conn.remoteAddr.hostname);
    const isAdmitted = await this.#makeRoom(network);
    // It may have come in while the others were being closed.
    if (this.#isClosing) return closeOnce(conn);
    const conversation = new Conversation(
      conn,
      client,
      this.#handler,
      events,
      patience,
      this.#clock,
      this.#turns.join(),
    );
    if (isAdmitted) this.#admitted.set(conversation, { network });
    else events.refused?.(client);
    const run = isAdmitted
      ? conversation.run()
      : conversation.refuse(this.#ends.size - this.#admitted.size);
    const end = run.finally(() => {
      this.#admitted.delete(conversation);
      this.#ends.delete(conversation);
    });
    this.#ends.set(conversation, end);
  }

  /** Whether there is room for one more from a network, if need be in place of an idle one. */
  async #makeRoom(network: string): Promise<boolean> {
    if (!this.#crowd(network)) return true;
    // A request that has just arrived is read first: its client is not idle.
    await new Promise((resolve) => setImmediate(resolve));
    const idle = longestIdle(this.#crowd(network) ?? []);
    if (idle) {
      idle.makeRoom();
      this.#admitted.delete(idle);
    }
    return this.#crowd(network) === undefined;
  }

  /** The connections one of which must go before there is one more from a network. */
  #crowd(network: string): Iterable<Conversation> | undefined {
    const { maxConnections = 500, maxConnectionsPerClient = Infinity } =
      this.#options;
    if (maxConnectionsPerClient < Infinity) {
      const own = this.#admitted.entries()
        .filter(([, client]) => client.network === network)
        .map(([conversation]) => conversation)
        .toArray();
      if (own.length >= maxConnectionsPerClient) return own;
    }
    return this.#admitted.size >= maxConnections
      ? this.#admitted.keys()
      : undefined;
  }
}

function longestIdle(
  conversations: Iterable<Conversation>,
): Conversation | undefined {
  let longest: Conversation | undefined;
  let since = Infinity;
  for (const conversation of conversations) {
    const { idleSince = Infinity } = conversation;
    if (idleSince < since) [longest, since] = [conversation, idleSince];
  }
  return longest;
}
