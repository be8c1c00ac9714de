import type { Frame } from "../protocol/mod.ts";
import { type Address, formatAddress } from "./address.ts";
import { checkAddress, checkTimes, checkTlsOptions } from "./check.ts";
import type { Conn } from "./conn.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { NoAnswerError } from "./no_answer_error.ts";
import { startTimer, within } from "./timer.ts";
// Evaluated on first use: most clients do not need TLS.
import defer * as tls from "./tls/start_tls.ts";
import { refusalIn } from "./tls/tls_alert.ts";
import type { TlsOptions } from "./tls/tls_options.ts";

/** Options for {@linkcode connect} and {@linkcode ask}. */
export interface ConnectOptions extends ConnectionOptions {
  /**
   * How long to wait for the connection, in milliseconds. Defaults to `timeout`.
   */
  connectTimeout?: number | undefined;
  /**
   * Connects over TLS. `{}` trusts the well-known certificate authorities. Servers
   * may require a certificate of the client, with its key.
   */
  tls?: TlsOptions | undefined;
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
 * @throws {RangeError} If a time, the host name or the port is out of range.
 * @throws {TypeError} If a TLS option is unknown or cannot be parsed.
 * @throws The reason of the signal, if it is aborted.
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
 * @throws {RangeError} If a time, the host name or the port is out of range.
 * @throws {TypeError} If a TLS option is unknown or cannot be parsed.
 * @throws The reason of the signal, if it is aborted.
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
  const { timeout, connectTimeout, tls, signal } = options;
  checkAddress(address);
  checkTimes({ timeout, connectTimeout }, 1);
  checkTlsOptions(tls);
  return await connectWhile(signal, address, options);
}

/**
 * Opens a connection, with valid options. Unlike the signal among the options, this
 * one has no effect once the connection is open.
 *
 * @param signal Aborts connecting.
 */
export async function connectWhile(
  signal: AbortSignal | undefined,
  address: Address,
  options: ConnectOptions,
): Promise<Connection> {
  const { timeout = 10_000, connectTimeout = timeout, tls } = options;
  signal?.throwIfAborted();
  const peer = formatAddress(address);
  // AbortSignal.any() would cost more than everything else here.
  const abort = new AbortController();
  const cancel = () => abort.abort(signal?.reason);
  signal?.addEventListener("abort", cancel);
  const timer = startTimer(() => abort.abort(), connectTimeout);
  try {
    const conn = await open(address, tls, abort.signal);
    if (abort.signal.aborted) {
      // Aborted after it was opened, so nothing else closes it.
      conn.close();
      throw abort.signal.reason;
    }
    return new Connection(conn, peer, options);
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
    signal?.removeEventListener("abort", cancel);
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
