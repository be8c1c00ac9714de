import {
  type Frame,
  type Handler,
  type Watch,
  watchAll,
} from "../../protocol/mod.ts";
import type { Address } from "../address.ts";
import {
  checkAddress,
  checkCounts,
  checkTimes,
  checkTlsOptions,
} from "../check.ts";
import { NoAnswerError } from "../no_answer_error.ts";
import { Upstreams } from "./upstreams.ts";
import { startTimer } from "../timer.ts";
import type { TlsOptions } from "../tls/tls_options.ts";
import type { Upstream } from "./upstream.ts";
import type { UpstreamFact } from "./upstream_fact.ts";

/** Options for {@linkcode forwardTo}. */
export interface ForwardOptions {
  /**
   * The maximum number of attempts. An attempt asks each of the servers, until one
   * answers. It is repeated only for servers whose failure may be temporary, and of
   * whose responses no part has arrived.
   *
   * @default {5}
   */
  attempts?: number | undefined;
  /**
   * The delay between two attempts, in milliseconds. After the first failure
   * other than a refusal, the next attempt follows immediately.
   *
   * @default {500}
   */
  retryDelay?: number | undefined;
  /**
   * How long to wait for the response, in milliseconds.
   *
   * @default {5_000}
   */
  timeout?: number | undefined;
  /**
   * How long to wait for the connection, in milliseconds.
   *
   * @default {2_000}
   */
  connectTimeout?: number | undefined;
  /**
   * How long one of several servers rests after it did not answer, in milliseconds.
   * A resting server is asked only if all others have failed.
   *
   * @default {10_000}
   */
  rest?: number | undefined;
  /**
   * Connects over TLS. `{}` trusts the well-known certificate authorities. A function
   * is called for each connection, so that certificates can be renewed.
   */
  tls?: TlsOptions | (() => TlsOptions) | undefined;
  /**
   * The maximum number of idle connections to keep for later requests, for each
   * server. With 0, every request uses a new connection. Idle connections keep the
   * process alive until `signal` closes them.
   *
   * @default {0}
   */
  maxIdleConnections?: number | undefined;
  /** Closes the idle connections; no more are kept afterwards. */
  signal?: AbortSignal | undefined;
  /**
   * Called for a response with status 500, with the server as `HOST:PORT`. Returns an
   * error, usually with the reason `busy` or `untrusted`, if the response refuses this
   * client: it then counts as no answer. Must not throw.
   */
  refusal?:
    | ((response: Frame, peer: string) => NoAnswerError | undefined)
    | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<UpstreamFact> | undefined;
}

/**
 * Creates a handler that forwards requests to a server, or to one of several in
 * turn. By default it opens a connection for each request and closes it before it
 * returns the response.
 *
 * Requests have no side effects, so it retries if a server cannot be reached, is
 * busy, or closes the connection before the first byte of a response. It does not
 * retry if the response is late, truncated or invalid, or if the TLS handshake
 * fails.
 *
 * If there are several servers, a failure does not end the attempt: the next server
 * is asked at once, and the one that failed rests. A host name that resolves to
 * several IP addresses counts as several servers; it is resolved again every 10
 * seconds.
 *
 * Once the client has closed its side of the connection, no further attempt
 * begins. If its connection is closed altogether, the attempt under way is
 * aborted, and the handler rejects with the reason of its `closeSignal`.
 *
 * @param servers Where to forward to. A server listed twice counts once.
 * @param options Attempts, timeouts, TLS, idle connections and a watcher.
 * @returns The handler. It rejects with a {@linkcode NoAnswerError} if there is
 * no response.
 * @throws {RangeError} If there is no server, or an address, a count or a time is
 * out of range.
 * @throws {TypeError} If a TLS option is unknown or cannot be parsed.
 *
 * @example A server in front of a server
 * ```ts
 * import { ask, calculator, decodeResponse, encodeRequest, forwardTo, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * await using front = serve({ port: 0 }, forwardTo(server.address));
 * const response = await ask(front.address, encodeRequest("1 + 2"));
 * assertEquals(decodeResponse(response).result, "3");
 * ```
 *
 * @example Two servers, of which one is down
 * ```ts
 * import { calculator, encodeRequest, forwardTo, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const down = serve({ port: 0 }, calculator());
 * await down.close();
 * await using server = serve({ port: 0 }, calculator());
 * const handler = forwardTo([down.address, server.address]);
 * const client = { id: 1, address: "127.0.0.1:64031" };
 * assertEquals((await handler(encodeRequest("1 + 2"), client)).status, 200);
 * ```
 *
 * @example Two requests over one connection
 * ```ts
 * import { calculator, encodeRequest, forwardTo, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * let connections = 0;
 * await using server = serve({
 *   port: 0,
 *   watch({ type }) {
 *     if (type === "connected") connections++;
 *   },
 * }, calculator());
 * const closing = new AbortController();
 * const { signal } = closing;
 * const handler = forwardTo(server.address, { maxIdleConnections: 1, signal });
 * await handler(encodeRequest("1 + 2"), { id: 1, address: "127.0.0.1:64031" });
 * await handler(encodeRequest("3 + 4"), { id: 1, address: "127.0.0.1:64031" });
 * closing.abort();
 * assertEquals(connections, 1);
 * ```
 */
export function forwardTo(
  servers: Address | readonly Address[],
  {
    attempts = 5,
    retryDelay = 500,
    timeout = 5_000,
    connectTimeout = 2_000,
    rest = 10_000,
    tls,
    maxIdleConnections = 0,
    signal,
    refusal = () => undefined,
    watch,
  }: ForwardOptions = {},
): Handler {
  const addresses = "hostname" in servers ? [servers] : servers;
  if (addresses.length === 0) throw new RangeError("There is no server");
  addresses.forEach(checkAddress);
  checkCounts({ attempts }, 1);
  checkCounts({ maxIdleConnections }, 0);
  checkTimes({ retryDelay, rest }, 0);
  checkTimes({ timeout, connectTimeout }, 1);
  if (typeof tls !== "function") checkTlsOptions(tls);
  const upstreams = new Upstreams(addresses, {
    timeout,
    connectTimeout,
    rest,
    tls: typeof tls === "object" ? () => tls : tls,
    maxIdleConnections,
    signal,
    refusal,
    watch: watchAll(watch),
  });

  return async (received, client) => {
    // The caller may give up waiting and reuse its buffer.
    const request = received.copy();
    const hopeless = new Set<Upstream>();
    let hasRetriedAtOnce = false;
    for (let attempt = 1;; attempt++) {
      try {
        return await upstreams.ask(request, client, attempt, hopeless);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        if (upstreams.areAllIn(hopeless)) throw fromAll(upstreams.count, error);
        const isRefusal = error.reason === "refused" || error.reason === "busy";
        const isAtOnce = !isRefusal && !hasRetriedAtOnce;
        if (isAtOnce) hasRetriedAtOnce = true;
        else if (attempt < attempts) await delay(retryDelay, client.signal);
        if (attempt >= attempts || client.signal?.aborted) {
          throw afterAttempts(fromAll(upstreams.count, error), attempt);
        }
      }
    }
  };
}

/** Waits for a time in milliseconds, or until a signal is aborted. */
async function delay(
  time: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = startTimer(end, time);
    signal?.addEventListener("abort", end);
  });
}

/** The failure of all servers; the last one failed for this reason. */
function fromAll(count: number, cause: NoAnswerError): NoAnswerError {
  return count === 1
    ? cause
    : reworded(cause, `No answer from ${count} servers: ${cause.message}`);
}

function afterAttempts(cause: NoAnswerError, attempts: number): NoAnswerError {
  const count = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  return reworded(cause, `${cause.message} after ${count}`);
}

function reworded(cause: NoAnswerError, message: string): NoAnswerError {
  const { reason, phase } = cause;
  return new NoAnswerError(reason, message, { phase, cause });
}
