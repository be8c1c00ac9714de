import {
  type Client,
  type Frame,
  type Handler,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
import type { Address } from "./address.ts";
import {
  checkAddress,
  checkCounts,
  checkTimes,
  checkTlsNames,
} from "./check.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { IdleConnections } from "./idle_connections.ts";
import { NoAnswerError } from "./no_answer_error.ts";
import type { TlsOptions } from "./tls.ts";

/** What happens between a proxy and its server. */
export type UpstreamFact =
  /** An attempt begins, with connecting. Attempts count from 1. */
  | {
    readonly type: "asking";
    readonly upstream: Address;
    readonly client: Client;
    readonly request: Frame;
    readonly attempt: number;
  }
  /** A connection was opened for a request, or closed after its response. */
  | {
    readonly type: "upstream opened" | "upstream closed";
    readonly upstream: Address;
    readonly client: Client;
  }
  /** A request is about to be sent over a connection. */
  | {
    readonly type: "sending";
    readonly upstream: Address;
    readonly client: Client;
    readonly request: Frame;
  }
  /** A response has arrived. If it is the one of a busy upstream, the attempt failed. */
  | {
    readonly type: "answered";
    readonly upstream: Address;
    readonly client: Client;
    readonly response: Frame;
  }
  /** An attempt has failed. Another may follow. */
  | {
    readonly type: "no answer";
    readonly upstream: Address;
    readonly client: Client;
    readonly attempt: number;
    readonly error: NoAnswerError;
  };

/** Options for {@linkcode forwardTo}. */
export interface ForwardOptions {
  /**
   * The maximum number of attempts. An attempt is repeated only if no part of a
   * response has arrived and the failure may be temporary.
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
  /** Connects over TLS. `{}` trusts the well-known certificate authorities. */
  tls?: TlsOptions | undefined;
  /**
   * The maximum number of idle connections to keep for later requests. With 0,
   * every request uses a new connection. Idle connections keep the process alive
   * until `signal` closes them.
   *
   * @default {0}
   */
  maxIdleConnections?: number | undefined;
  /** Closes the idle connections; no more are kept afterwards. */
  signal?: AbortSignal | undefined;
  /**
   * Whether a response with status 500 means that upstream has too many
   * connections. It is then retried as if the connection had been refused. Must
   * not throw.
   */
  isBusy?: ((response: Frame) => boolean) | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<UpstreamFact> | undefined;
}

/** The only status for which {@linkcode ForwardOptions.isBusy} is called. */
const SERVER_ERROR = 500;

/**
 * Creates a handler that forwards requests to another server. By default it opens
 * a connection for each request and closes it before it returns the response.
 *
 * Requests have no side effects, so it retries if upstream cannot be reached, is
 * busy, or closes the connection before the first byte of a response. It does not
 * retry if the response is late, truncated or invalid, or if the TLS handshake
 * fails.
 *
 * @param upstream The server to forward to.
 * @param options Attempts, timeouts, TLS, idle connections and a watcher.
 * @returns The handler. It rejects with a {@linkcode NoAnswerError} if there is
 * no response.
 * @throws {RangeError} If a count or a time is out of range.
 * @throws {TypeError} If a TLS option is unknown.
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
  upstream: Address,
  {
    attempts = 5,
    retryDelay = 500,
    timeout = 5_000,
    connectTimeout = 2_000,
    tls,
    maxIdleConnections = 0,
    signal,
    isBusy = () => false,
    ...watching
  }: ForwardOptions = {},
): Handler {
  checkAddress(upstream);
  checkCounts({ attempts }, 1);
  checkCounts({ maxIdleConnections }, 0);
  checkTimes({ retryDelay }, 0);
  checkTimes({ timeout, connectTimeout }, 1);
  checkTlsNames(tls);
  const options = { timeout, connectTimeout, ...(tls && { tls }) };
  const idle = new IdleConnections(maxIdleConnections, signal);
  const watch = watchAll(watching.watch);

  async function exchange(
    connection: Connection,
    request: Frame,
    client: Client,
  ): Promise<Frame> {
    watch?.({ type: "sending", upstream, client, request });
    const response = await connection.ask(request);
    watch?.({ type: "answered", upstream, client, response });
    if (response.status === SERVER_ERROR && isBusy(response)) {
      connection.close();
      throw new NoAnswerError("busy", `${connection.peer} is busy`);
    }
    if (!idle.keep(connection)) {
      watch?.({ type: "upstream closed", upstream, client });
    }
    return response;
  }

  async function tryOnce(request: Frame, client: Client): Promise<Frame> {
    const kept = idle.take();
    try {
      if (kept) return await exchange(kept, request, client);
    } catch (error) {
      // It was closed while idle, which says nothing about upstream now.
      if (!isNoAnswer(error) || !isUnanswered(error)) throw error;
    }
    const opened = await connect(upstream, options);
    watch?.({ type: "upstream opened", upstream, client });
    return await exchange(opened, request, client);
  }

  return async (request, client) => {
    let hasRetriedAtOnce = false;
    for (let attempt = 1;; attempt++) {
      watch?.({ type: "asking", upstream, client, request, attempt });
      try {
        return await tryOnce(request, client);
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        watch?.({ type: "no answer", upstream, client, attempt, error });
        if (!isWorthRetrying(error)) throw error;
        if (attempt >= attempts) throw afterAttempts(error, attempt);
        const isRefusal = error.reason === "refused" || error.reason === "busy";
        if (!isRefusal && !hasRetriedAtOnce) {
          hasRetriedAtOnce = true;
          continue;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelay));
    }
  };
}

function isNoAnswer(error: unknown): error is NoAnswerError {
  return error instanceof NoAnswerError;
}

/** Whether the connection was closed before the first byte of a response. */
function isUnanswered({ reason, phase }: NoAnswerError): boolean {
  return reason === "closed" && phase === "waiting";
}

function isWorthRetrying(error: NoAnswerError): boolean {
  const { reason, phase } = error;
  if (phase === "connecting") return reason !== "untrusted";
  return reason === "busy" || isUnanswered(error);
}

function afterAttempts(cause: NoAnswerError, attempts: number): NoAnswerError {
  const count = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const message = `${cause.message} after ${count}`;
  return new NoAnswerError(cause.reason, message, {
    phase: cause.phase,
    cause,
  });
}
