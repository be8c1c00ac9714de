import {
  describeCutFrame,
  type Frame,
  FrameReader,
  ProtocolError,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
import { type Address, formatAddress } from "./address.ts";
import { type Conn, writeAll } from "./conn.ts";
import { foreignProtocol } from "./foreign_protocol.ts";
import { NoAnswerError, type NoAnswerPhase } from "./no_answer_error.ts";
// Evaluated on first use: most clients do not need TLS.
import defer * as tls from "./tls.ts";
import type { TlsOptions } from "./tls_options.ts";
import { refusalIn } from "./tls_alert.ts";

/** What happens at the client end of a connection; `peer` is `HOST:PORT`. */
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
   * How long to wait for each response, in milliseconds; `Infinity` sets no limit.
   *
   * @default {10_000}
   */
  timeout?: number;
  /**
   * How long to wait for the connection, in milliseconds. Defaults to `timeout`.
   */
  connectTimeout?: number;
  /** Connects over TLS. `{}` trusts the well-known certificate authorities. */
  tls?: TlsOptions;
  /** Aborts the connection: pending calls reject with the reason of the signal. */
  signal?: AbortSignal;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<ConnectionFact>;
}

/** Options for {@linkcode Connection.ask}. */
export interface AskOptions {
  /** Cancels the request: closes the connection and rejects with the reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Sends one request over a new connection, like `fetch` for HTTP, and closes the
 * connection.
 *
 * @param address The server or proxy to connect to.
 * @param request The request to send.
 * @param options Timeouts, TLS, an abort signal and a watcher.
 * @returns The response, whatever its status.
 * @throws {NoAnswerError} If there is no response.
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
 * Opens a connection that can carry several requests, one after the other.
 *
 * @param address The server or proxy to connect to.
 * @param options Timeouts, TLS, an abort signal and a watcher.
 * @returns The connection. The caller must close it.
 * @throws {NoAnswerError} If it cannot connect.
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
    if (either.aborted) {
      // Aborted after it was opened, so nothing else closes it.
      conn.close();
      throw either.reason;
    }
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
  if (isPlainPeer(cause)) {
    const message = `${peer} does not speak TLS: connect without it`;
    return new NoAnswerError("untrusted", message, options);
  }
  const refusal = refusalIn(cause);
  if (refusal) {
    return new NoAnswerError("untrusted", `${peer} ${refusal}`, options);
  }
  const reason = isTlsError(cause) ? "untrusted" : "unreachable";
  const why = cause instanceof Error ? cause.message : cause;
  const message = `Cannot connect to ${peer}: ${why}`;
  return new NoAnswerError(reason, message, options);
}

/**
 * Whether TLS itself failed rather than the underlying connection: its error
 * codes, such as CERT_HAS_EXPIRED, have an underscore; those of the system, such
 * as ECONNRESET, do not.
 */
function isTlsError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /_/.test(`${error.code}`);
}

/** Whether the peer answered the TLS handshake with something other than TLS. */
function isPlainPeer(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    error.code === "ERR_SSL_WRONG_VERSION_NUMBER";
}

/** Connects, over TLS if there are options for it. */
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
 * The client end of a connection, from {@linkcode connect}.
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
  /** The address of the peer, as `HOST:PORT`. */
  readonly peer: string;
  readonly #conn: Conn;
  readonly #frames: FrameReader;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;
  readonly #watch: Watch<ConnectionFact> | undefined;
  /** A read that was started while idle and may return the next response. */
  #filling: Promise<boolean> | undefined;
  #isAsking = false;
  #closed = false;
  readonly #abort = (): void => this.close();

  /**
   * Wraps a connection and takes ownership of it.
   *
   * @param conn The connection. Close it only through this object.
   * @param peer The address of the peer, as `HOST:PORT`.
   * @param options The timeout, an abort signal and a watcher.
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
   * Sends a request and waits for its response, one request at a time. If there
   * is no response, the connection is closed.
   *
   * @param request The request to send.
   * @param options An abort signal for this request.
   * @returns The response, whatever its status.
   * @throws {NoAnswerError} If there is no response.
   * @throws {TypeError} If another request is still pending.
   */
  async ask(request: Frame, { signal }: AskOptions = {}): Promise<Frame> {
    signal?.throwIfAborted();
    if (this.#closed) {
      this.#signal?.throwIfAborted();
      const message = "The connection is already closed";
      throw new NoAnswerError("closed", message, { phase: "waiting" });
    }
    if (this.#isAsking) {
      throw new TypeError("Cannot ask: another request is still pending");
    }
    this.#isAsking = true;
    signal?.addEventListener("abort", this.#abort);
    let late = false;
    let timer = startTimer(() => {
      // First read what arrived while this process was suspended or busy.
      timer = setTimeout(() => {
        late = true;
        this.close();
      });
    }, this.#timeout);
    try {
      if (this.#frames.pending > 0) {
        throw new ProtocolError("expected no data: no request was pending");
      }
      this.#watch?.({ type: "request", peer: this.peer, request });
      // A peer that reset the connection may have sent the reason: read it.
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
      signal?.throwIfAborted();
      if (!late) throw this.#failure(error);
      const message = `No answer from ${this.peer} ${within(this.#timeout)}`;
      throw new NoAnswerError("timed out", message, { phase: this.#phase });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", this.#abort);
      this.#isAsking = false;
    }
  }

  /**
   * Watches the connection until the next request. If the peer closes it or sends
   * unrequested data, it is closed.
   *
   * @param onClosed Called when that happens.
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

  /** Closes the connection. Closing it again has no effect. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#conn.close();
    this.#watch?.({ type: "closed", peer: this.peer });
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #nextFrame(): Promise<Frame> {
    let frame = this.#frames.take();
    while (!frame) {
      const filling = this.#filling ?? this.#frames.fill();
      this.#filling = undefined;
      const isOpen = await filling;
      this.#recognize();
      if (!isOpen) throw this.#closedBy("closed");
      frame = this.#frames.take();
    }
    // The reader reuses its buffer, but a response may be kept for long.
    return frame.copy();
  }

  /** Throws if the peer speaks another protocol. */
  #recognize(): void {
    const protocol = foreignProtocol(this.#frames.rest);
    if (!protocol) return;
    const advice = protocol === "TLS" ? "connect with TLS" : "not a calculator";
    const message = `${this.peer} speaks ${protocol}: ${advice}`;
    throw new NoAnswerError("garbled", message);
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
    const refusal = refusalIn(cause);
    if (refusal) {
      const message = `${this.peer} ${refusal}`;
      const options = { phase: this.#phase, cause };
      return new NoAnswerError("untrusted", message, options);
    }
    return this.#closedBy("dropped", cause);
  }

  #closedBy(how: "closed" | "dropped", cause?: unknown): NoAnswerError {
    const phase = this.#phase;
    const when = phase === "answering"
      ? `in the middle of its answer: ${describeCutFrame(this.#frames.rest)}`
      : "before its answer";
    const message = `${this.peer} ${how} the connection ${when}`;
    return new NoAnswerError("closed", message, { phase, cause });
  }
}

/** The longest delay of a timer, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Calls a function after a timeout, or never if the timeout is too long for a timer. */
function startTimer(
  act: () => void,
  timeout: number,
): ReturnType<typeof setTimeout> | undefined {
  return timeout > MAX_TIMEOUT ? undefined : setTimeout(act, timeout);
}

function within(timeout: number): string {
  return `within ${timeout / 1000} s`;
}
