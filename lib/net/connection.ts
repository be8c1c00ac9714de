import {
  type Frame,
  FrameReader,
  ProtocolError,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
import { type Address, formatAddress } from "./address.ts";
import { type Conn, writeAll } from "./conn.ts";
import { NoAnswerError, type NoAnswerPhase } from "./no_answer_error.ts";
// Evaluated when it is used, as most clients do without.
import defer * as tls from "./tls.ts";
import type { TlsOptions } from "./tls.ts";

/** What happens at the asking end of a connection; `peer` is `HOST:PORT`. */
export type ConnectionFact =
  | { readonly type: "connected" | "closed"; readonly peer: string }
  | {
    readonly type: "request";
    readonly peer: string;
    readonly request: Frame;
  }
  | {
    readonly type: "response";
    readonly peer: string;
    readonly response: Frame;
  };

/** Options for {@linkcode connect} and {@linkcode ask}. */
export interface ConnectOptions {
  /**
   * How long each answer may take, in milliseconds; `Infinity` sets no limit.
   *
   * @default {10_000}
   */
  timeout?: number;
  /**
   * How long connecting may take, in milliseconds; without it, as long as an
   * answer.
   */
  connectTimeout?: number;
  /** Speaks TLS: which authorities to trust. `{}` trusts the well-known ones. */
  tls?: TlsOptions;
  /** Gives up when it is aborted: what is pending rejects with its reason. */
  signal?: AbortSignal;
  /** Is called with each fact as it happens. What it throws harms nobody. */
  watch?: Watch<ConnectionFact>;
}

/**
 * Opens a connection, asks, and closes it again, as `fetch` does for HTTP.
 *
 * @param address Who is asked.
 * @param request What is asked.
 * @param options How long to wait, and whether over TLS.
 * @returns The response, whatever its status.
 * @throws {NoAnswerError} If there is none.
 *
 * @example Usage
 * ```ts
 * import { ask, calculator, decodeResponse, encodeRequest, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * const response = await ask(server.address, encodeRequest("6 * 7"));
 * assertEquals(decodeResponse(response).result, "42");
 * ```
 */
export async function ask(
  address: Address,
  request: Frame,
  options?: ConnectOptions,
): Promise<Frame> {
  using connection = await connect(address, options);
  return await connection.ask(request);
}

/**
 * Opens a connection on which several requests can be asked one after the other.
 *
 * @param address Whom to connect to.
 * @param options How long to wait, and whether over TLS.
 * @returns The connection, to be closed by whoever asked for it.
 * @throws {NoAnswerError} If nobody is there.
 *
 * @example Usage
 * ```ts
 * import { calculator, connect, encodeRequest, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * using connection = await connect(server.address);
 * assertEquals((await connection.ask(encodeRequest("1 + 2"))).status, 200);
 * assertEquals((await connection.ask(encodeRequest("1 / 0"))).status, 400);
 * ```
 */
export async function connect(
  address: Address,
  options: ConnectOptions = {},
): Promise<Connection> {
  const { timeout = 10_000, connectTimeout = timeout, signal } = options;
  signal?.throwIfAborted();
  const peer = formatAddress(address);
  const abort = new AbortController();
  const timer = startTimer(() => abort.abort(), connectTimeout);
  const either = signal
    ? AbortSignal.any([signal, abort.signal])
    : abort.signal;
  try {
    const conn = await open(address, options.tls, either);
    return new Connection(conn, peer, { timeout, ...options });
  } catch (cause) {
    signal?.throwIfAborted();
    if (abort.signal.aborted) {
      const message = `No connection to ${peer} ${within(connectTimeout)}`;
      throw new NoAnswerError("timed out", message, { phase: "connecting" });
    }
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    if (cause instanceof TypeError) throw cause;
    throw notConnected(peer, cause);
  } finally {
    clearTimeout(timer);
  }
}

function notConnected(peer: string, cause: unknown): NoAnswerError {
  const options = { phase: "connecting", cause } as const;
  if (cause instanceof Deno.errors.ConnectionRefused) {
    const message = `Connection refused by ${peer}`;
    return new NoAnswerError("refused", message, options);
  }
  const reason = isTlsError(cause) ? "untrusted" : "unreachable";
  const why = cause instanceof Error ? cause.message : cause;
  const message = `Cannot connect to ${peer}: ${why}`;
  return new NoAnswerError(reason, message, options);
}

/**
 * Whether TLS itself has failed rather than the connection beneath it: codes
 * such as CERT_HAS_EXPIRED have an underscore, those of the system, such as
 * ECONNRESET, have none.
 */
function isTlsError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /_/.test(`${error.code}`);
}

/** Connects, with TLS where that is asked for. */
async function open(
  { hostname, port }: Address,
  options: TlsOptions | undefined,
  signal: AbortSignal,
): Promise<Conn> {
  const conn = await Deno.connect({ hostname, port, signal });
  conn.setNoDelay();
  if (!options) return conn;
  return await tls.startTls(conn, hostname, options, signal);
}

/**
 * A connection to somebody who answers, from {@linkcode connect}.
 *
 * @example Usage
 * ```ts
 * import { calculator, connect, encodeRequest, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * const connection = await connect(server.address);
 * assertEquals(connection.peer, `127.0.0.1:${server.address.port}`);
 * assertEquals((await connection.ask(encodeRequest("6 * 7"))).status, 200);
 * connection.close();
 * ```
 */
export class Connection implements Disposable {
  /** Who is at the other end, as `HOST:PORT`. */
  readonly peer: string;
  readonly #conn: Conn;
  readonly #frames: FrameReader;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;
  readonly #watch: Watch<ConnectionFact> | undefined;
  /** A read that has begun before the request that its bytes may answer. */
  #filling: Promise<boolean> | undefined;
  #isAsking = false;
  #closed = false;
  readonly #abort = (): void => this.close();

  /**
   * Takes a connection over.
   *
   * @param conn The connection; from here on it is closed through this object.
   * @param peer Who is at the other end, as `HOST:PORT`.
   * @param options How long an answer may take, and what ends the connection.
   */
  constructor(
    conn: Conn,
    peer: string,
    { timeout = 10_000, signal, ...watching }: ConnectOptions = {},
  ) {
    this.peer = peer;
    this.#conn = conn;
    this.#frames = new FrameReader(conn);
    this.#timeout = timeout;
    this.#signal = signal;
    this.#watch = watchAll(watching.watch);
    signal?.addEventListener("abort", this.#abort, { once: true });
    this.#watch?.({ type: "connected", peer });
  }

  /**
   * Sends a request and waits for its response: one after the other. A
   * connection that failed to give one is closed.
   *
   * @param request What is asked.
   * @returns The response, whatever its status.
   * @throws {NoAnswerError} If none comes.
   * @throws {TypeError} If the answer to another request is still awaited.
   */
  async ask(request: Frame): Promise<Frame> {
    if (this.#closed) {
      const message = "Closed before asking";
      throw new NoAnswerError("closed", message, { phase: "waiting" });
    }
    if (this.#isAsking) {
      throw new TypeError("Cannot ask: the answer before is still awaited");
    }
    this.#isAsking = true;
    let late = false;
    const timer = startTimer(() => {
      late = true;
      this.close();
    }, this.#timeout);
    try {
      if (this.#frames.pending > 0) {
        throw new ProtocolError("expected no response: nothing was asked");
      }
      this.#watch?.({ type: "request", peer: this.peer, request });
      // A peer that has broken the connection may have said why: reading tells.
      await writeAll(this.#conn, request.bytes).catch(() => {});
      const response = await this.#nextFrame();
      this.#watch?.({ type: "response", peer: this.peer, response });
      if (response.type !== "response") {
        throw new ProtocolError("expected a response: found a request");
      }
      return response;
    } catch (error) {
      this.close();
      this.#signal?.throwIfAborted();
      if (!late) throw this.#failure(error);
      const message = `No answer from ${this.peer} ${within(this.#timeout)}`;
      throw new NoAnswerError("timed out", message, { phase: this.#phase });
    } finally {
      clearTimeout(timer);
      this.#isAsking = false;
    }
  }

  /**
   * Watches the connection until the next request. It is closed as soon as the
   * peer closes it or sends anything, as nothing was asked.
   *
   * @param onClosed Is called then.
   */
  watchIdle(onClosed: () => void): void {
    const closed = () => {
      if (this.#isAsking) return;
      this.close();
      onClosed();
    };
    if (this.#frames.pending > 0) return closed();
    this.#filling = this.#frames.fill();
    this.#filling.then(closed, closed);
  }

  /** Closes the connection, once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#conn.close();
    this.#watch?.({ type: "closed", peer: this.peer });
  }

  /** Closes the connection, once. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #nextFrame(): Promise<Frame> {
    let frame = this.#frames.take();
    while (!frame) {
      const filling = this.#filling ?? this.#frames.fill();
      this.#filling = undefined;
      if (!await filling) throw this.#closedBy("closed");
      frame = this.#frames.take();
    }
    // The reader's buffer is used again; a response may be kept for long.
    return frame.copy();
  }

  get #phase(): NoAnswerPhase {
    return this.#frames.pending > 0 ? "answering" : "waiting";
  }

  #failure(cause: unknown): NoAnswerError {
    if (cause instanceof NoAnswerError) return cause;
    if (cause instanceof ProtocolError) {
      const message = `${this.peer} sent an invalid response: ${cause.message}`;
      return new NoAnswerError("garbled", message, { cause });
    }
    return this.#closedBy("broke", cause);
  }

  #closedBy(did: "closed" | "broke", cause?: unknown): NoAnswerError {
    const phase = this.#phase;
    const when = phase === "answering" ? "in the middle of" : "before";
    const message = `${this.peer} ${did} the connection ${when} its answer`;
    return new NoAnswerError("closed", message, { phase, cause });
  }
}

/** The longest time that a timer can be set to, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Does something after a time, or never if that is for ever. */
function startTimer(
  act: () => void,
  timeout: number,
): ReturnType<typeof setTimeout> | undefined {
  return timeout > MAX_TIMEOUT ? undefined : setTimeout(act, timeout);
}

function within(timeout: number): string {
  return `within ${timeout / 1000} s`;
}
