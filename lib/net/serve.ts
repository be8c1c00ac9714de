import {
  type Handler,
  type NotAPromise,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
import { catchRejection } from "../protocol/watch.ts";
import { type Address, formatAddress } from "./address.ts";
import {
  checkAddress,
  checkCounts,
  checkTimes,
  checkTlsOptions,
} from "./check.ts";
import { networkOf } from "./client_network.ts";
import { closeOnce, type Conn, type Listener } from "./conn.ts";
import {
  type ConnectionLimitOptions,
  ConnectionLimits,
} from "./connection_limits.ts";
import { Conversation, type Shared } from "./conversation.ts";
import { bareErrorResponse, type ErrorResponse } from "./error_response.ts";
import { FairQueue, lookForInput } from "./fair_queue.ts";
import { ReadAhead } from "./read_ahead.ts";
import { Presence } from "./presence.ts";
import type { ServeFact } from "./serve_fact.ts";
import { startTimer } from "./timer.ts";
// Evaluated on first use: most servers do not need TLS.
import defer * as tls from "./tls/accept_tls.ts";
import type { TlsOptions } from "./tls/tls_options.ts";

/** Options for {@linkcode serve}. Times are in milliseconds. */
export interface ServeOptions extends ConnectionLimitOptions {
  /**
   * The address to listen on.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string | undefined;
  /** The port to listen on; 0 picks any free port. */
  port: number;
  /**
   * Listens with TLS: the certificate and its key. With `caCerts`, only clients with
   * a certificate of these authorities are served, and handlers know them by
   * `client.identity`.
   */
  tls?: TlsOptions | undefined;
  /**
   * The maximum number of connections waiting to be accepted.
   *
   * @default {500}
   */
  backlog?: number | undefined;
  /**
   * Whether other processes may listen on the same port, each with a share of the
   * connections: one process per core. On Linux, with `--unstable-net`.
   *
   * @default {false}
   */
  sharePort?: boolean | undefined;
  /**
   * How long a client may take to finish a frame that it has begun, or the TLS
   * handshake.
   *
   * @default {10_000}
   */
  readTimeout?: number | undefined;
  /**
   * How long a client may stay connected without sending a request.
   *
   * @default {60_000}
   */
  idleTimeout?: number | undefined;
  /**
   * How long a client may take to receive its responses.
   *
   * @default {10_000}
   */
  writeTimeout?: number | undefined;
  /**
   * Called with the address when the server starts listening. If it throws, so
   * does {@linkcode serve}, and the server is closed.
   */
  onListen?: ((address: Address) => NotAPromise) | undefined;
  /** Closes the server and all its connections when it is aborted. */
  signal?: AbortSignal | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<ServeFact> | undefined;
  /**
   * Creates the responses to requests that never reach the handler or make it
   * fail. By default, these have a status and no payload.
   */
  errorResponse?: ErrorResponse | undefined;
}

/**
 * Listens on a port and answers requests with a handler, as `Deno.serve` does
 * for HTTP.
 *
 * @param options Where to listen, limits, timeouts and a watcher.
 * @param handler The handler that answers requests.
 * @returns The server, already listening.
 * @throws {Deno.errors.AddrInUse} If the port is in use.
 * @throws {RangeError} If an option is out of range.
 * @throws {TypeError} If a TLS option is unknown, or the certificate and its key
 * cannot be parsed or do not match.
 * @throws The reason of the signal, if it is aborted.
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
 *
 * @example With TLS
 * ```ts
 * import { calculator, serve, type Server } from "@calculator/tcp";
 *
 * async function start(): Promise<Server> {
 *   const cert = await Deno.readTextFile("cert.pem");
 *   const key = await Deno.readTextFile("key.pem");
 *   return serve({ port: 9999, tls: { cert, key } }, calculator());
 * }
 * ```
 */
export function serve(options: ServeOptions, handler: Handler): Server {
  const { signal } = options;
  checkServe(options);
  signal?.throwIfAborted();
  const server = new Server(listen(options), handler, options);
  const abort = () => void server.close();
  signal?.addEventListener("abort", abort);
  server.finished.then(() => signal?.removeEventListener("abort", abort));
  return server;
}

function checkServe(options: ServeOptions): void {
  checkAddress(options);
  checkTlsOptions(options.tls);
  checkLimits(options);
  checkCounts({ backlog: options.backlog }, 1);
}

/** Checks the options of a {@linkcode Server}. */
function checkLimits(options: Omit<ServeOptions, "port">): void {
  const { maxConnections, maxConnectionsPerClient } = options;
  checkCounts({ maxConnections, maxConnectionsPerClient }, 1);
  const { readTimeout, idleTimeout, writeTimeout } = options;
  checkTimes({ readTimeout, idleTimeout, writeTimeout }, 1);
}

function listen({
  hostname = "127.0.0.1",
  port,
  backlog = 500,
  sharePort = false,
  ...options
}: ServeOptions): Listener {
  const listener = Deno.listen({
    hostname,
    port,
    tcpBacklog: backlog,
    reusePort: sharePort,
  });
  try {
    const secured = options.tls
      ? tls.acceptTls(listener, options.tls)
      : listener;
    catchRejection(options.onListen?.(secured.addr), "onListen");
    return secured;
  } catch (error) {
    listener.close();
    throw error;
  }
}

/** How long to wait after a connection could not be accepted, in milliseconds. */
const RETRY_ACCEPT = 10;

/** The share of the thread for accepting: as much as this many connections. */
const ACCEPTING = 16;

/** The maximum interval between two checks of the deadlines, in milliseconds. */
const TICK = 1_000;

/** The default grace period at shutdown, in milliseconds. */
const GRACE = 5_000;

/**
 * A server listening on a port, from {@linkcode serve}.
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
  /** The address it listens on, with the actual port. */
  readonly address: Address;
  /** Resolves when it has stopped listening and all its connections are closed. */
  readonly finished: Promise<void>;
  readonly #listener: Listener;
  readonly #shared: Shared;
  /** All open connections, each with a promise that resolves when it is closed. */
  readonly #ends = new Map<Conversation, Promise<void>>();
  readonly #limits: ConnectionLimits;
  readonly #queue = new FairQueue();
  /** The number of clients so far. */
  #clients = 0;
  #isClosing = false;

  /**
   * Takes ownership of a listener and starts accepting connections.
   *
   * @param listener The listener. Close it only through this object.
   * @param handler The handler that answers requests.
   * @param options Limits, timeouts and a watcher.
   */
  constructor(
    listener: Listener,
    handler: Handler,
    options: Omit<ServeOptions, "port"> = {},
  ) {
    checkLimits(options);
    this.address = listener.addr;
    this.#listener = listener;
    this.#limits = new ConnectionLimits(options);
    this.#shared = {
      handler,
      watch: watchAll(options.watch),
      timeouts: {
        read: options.readTimeout ?? 10_000,
        idle: options.idleTimeout ?? 60_000,
        write: options.writeTimeout ?? 10_000,
      },
      clock: { now: performance.now(), idles: 0 },
      readAhead: new ReadAhead(),
      errorResponse: options.errorResponse ?? bareErrorResponse,
      admit: (conversation) =>
        this.#limits.identify(conversation, conversation.client.identity ?? ""),
    };
    this.finished = this.#run();
  }

  /**
   * Shuts down gracefully: stops listening, answers all requests that have
   * arrived, and closes all connections. Clients have a second to receive their
   * last responses.
   *
   * @param grace The grace period in milliseconds. After it, connections still
   * open are closed. `Infinity` sets no limit.
   * @throws {RangeError} If it is negative or `NaN`.
   */
  async shutdown(grace: number = GRACE): Promise<void> {
    checkTimes({ grace }, 0);
    this.#stopListening();
    // First read the requests that have already arrived.
    await lookForInput();
    for (const conversation of this.#ends.keys()) conversation.drain();
    const timer = startTimer(() => this.#endAll(), grace);
    await this.finished;
    clearTimeout(timer);
  }

  /**
   * Uses another certificate, key and authorities for the connections accepted from
   * now on. Open connections stay as they are.
   *
   * @param options The new options.
   * @throws {TypeError} If one of them is missing or cannot be parsed, the key does
   * not match the certificate, or the server does not listen with TLS. The old ones
   * stay in use.
   *
   * @example Renewed certificates
   * ```ts
   * import { calculator, serve } from "@calculator/tcp";
   *
   * function start(read: () => { cert: string; key: string }): void {
   *   const server = serve({ port: 9999, tls: read() }, calculator());
   *   Deno.addSignalListener("SIGHUP", () => server.reloadTls(read()));
   * }
   * ```
   */
  reloadTls(options: TlsOptions): void {
    if (!this.#listener.reload) {
      throw new TypeError("Cannot reload: the server does not listen with TLS");
    }
    this.#listener.reload(options);
  }

  /**
   * Stops listening, closes all connections immediately, and waits until they
   * are closed.
   */
  async close(): Promise<void> {
    this.#stopListening();
    this.#endAll();
    await this.finished;
  }

  /** Closes the server. */
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

  async #run(): Promise<void> {
    const { clock, timeouts } = this.#shared;
    // One clock for all connections, so that a request needs no timer.
    const shortest = Math.min(timeouts.read, timeouts.idle, timeouts.write);
    const tick = Math.min(TICK, shortest / 4);
    const ticking = setInterval(() => {
      // Deadlines are checked against the last tick, so a client may be dropped
      // one tick late but never early.
      for (const conversation of this.#limits.conversations()) {
        conversation.expire(clock.now);
      }
      clock.now = performance.now();
    }, tick);
    await this.#accept();
    await Promise.all(this.#ends.values());
    clearInterval(ticking);
    this.#shared.readAhead.close();
  }

  async #accept(): Promise<void> {
    const turn = this.#queue.join(ACCEPTING);
    for (let count = 0; !this.#isClosing; count++) {
      try {
        const conn = await this.#listener.accept();
        const network = networkOf(conn.remoteAddr.hostname);
        // First read requests that have just arrived: their clients are not idle.
        // Those that have left need not count any longer.
        if (this.#limits.isReached(network)) {
          this.#shared.readAhead.begin();
          await lookForInput();
        }
        // With a turn for each of them, a burst would take as many rounds.
        if (count % ACCEPTING === 0) await turn.begin();
        else turn.resume();
        this.#accepted(conn, network);
        turn.end();
      } catch (error) {
        // The listener was closed.
        if (error instanceof Deno.errors.BadResource) break;
        // The client disconnected before it was accepted.
        if (error instanceof Deno.errors.NotConnected) continue;
        // Out of file descriptors: some may be released in a moment.
        await new Promise((resolve) => setTimeout(resolve, RETRY_ACCEPT));
      }
    }
  }

  /** Answers a client, or refuses it if there is no room. */
  #accepted(conn: Conn, network: string): void {
    // It may have connected during shutdown.
    if (this.#isClosing) return closeOnce(conn);
    const address = formatAddress(conn.remoteAddr);
    const presence = new Presence(++this.#clients, address);
    const turn = this.#queue.join();
    const conversation = new Conversation(conn, presence, this.#shared, turn);
    const ending = this.#ends.size - this.#limits.size;
    const run = this.#limits.admit(conversation, network)
      ? conversation.run()
      : conversation.refuse(ending);
    const end = run.finally(() => {
      this.#limits.delete(conversation);
      this.#ends.delete(conversation);
    });
    this.#ends.set(conversation, end);
  }
}
