import {
  type Client,
  type Frame,
  type Handler,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
import type { Address } from "./address.ts";
import { connect, type Connection } from "./connection.ts";
import { IdleConnections } from "./idle_connections.ts";
import { NoAnswerError } from "./no_answer_error.ts";
import type { TlsOptions } from "./tls.ts";

/** What happens between a proxy and its server. */
export type UpstreamFact =
  /** An attempt begins, with connecting; the first one is number 1. */
  | {
    readonly type: "asking";
    readonly upstream: Address;
    readonly client: Client;
    readonly request: Frame;
    readonly attempt: number;
  }
  /** The request is about to be sent over a connection. */
  | {
    readonly type: "sending";
    readonly upstream: Address;
    readonly client: Client;
    readonly request: Frame;
  }
  /** A response has come. If it says that upstream is busy, the attempt has failed. */
  | {
    readonly type: "answered";
    readonly upstream: Address;
    readonly client: Client;
    readonly response: Frame;
  }
  /** This attempt has failed; another may follow. */
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
   * How many times to try in all, as long as no part of an answer has come and
   * another attempt may fare better.
   *
   * @default {5}
   */
  attempts?: number;
  /**
   * How long to wait between two attempts, in milliseconds. The first time that
   * anything but a refusal has happened, the next attempt follows at once.
   *
   * @default {500}
   */
  retryDelay?: number;
  /**
   * How long the answer may take, in milliseconds.
   *
   * @default {5_000}
   */
  timeout?: number;
  /**
   * How long connecting may take, in milliseconds.
   *
   * @default {2_000}
   */
  connectTimeout?: number;
  /** Speaks TLS to the upstream: which authorities to trust. */
  tls?: TlsOptions;
  /**
   * How many idle connections to keep for further requests. With 0, each
   * request has a connection to itself. Those that are kept keep the process
   * alive until `signal` closes them.
   *
   * @default {0}
   */
  maxIdleConnections?: number;
  /** Closes the idle connections; from then on, none is kept. */
  signal?: AbortSignal;
  /**
   * Tells whether a response with status 500 says that upstream has too many
   * connections. It is then tried again like one that refuses. It must not throw.
   */
  isBusy?: (response: Frame) => boolean;
  /** Is called with each fact as it happens. What it throws harms nobody. */
  watch?: Watch<UpstreamFact>;
}

/** The status of a server error, the only one that {@linkcode ForwardOptions.isBusy} is asked about. */
const SERVER_ERROR = 500;

/**
 * A handler that asks another server: for each request it opens a connection,
 * exchanges one frame, and closes the connection before it answers, unless it is
 * to keep some.
 *
 * Computing has no effect, so it tries again if upstream could not be reached,
 * was busy, or closed the connection before the first byte of an answer. It does
 * not if the answer is late, cut off or invalid, or if TLS finds upstream not to
 * be trusted.
 *
 * @param upstream The server to ask.
 * @param options How many times to try, how long to wait, whether over TLS, and
 * which connections to keep.
 * @returns The handler. It rejects with a {@linkcode NoAnswerError} if there is
 * no answer.
 * @throws {RangeError} If `attempts` is not a whole number from 1 on, or
 * `maxIdleConnections` not one from 0 on.
 *
 * @example A server before a server
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
 * const events = { connected: () => void connections++ };
 * await using server = serve({ port: 0, events }, calculator());
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
  checkCount("attempts", attempts, 1);
  checkCount("idle connections", maxIdleConnections, 0);
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
    idle.keep(connection);
    return response;
  }

  async function tryOnce(request: Frame, client: Client): Promise<Frame> {
    const kept = idle.take();
    try {
      if (kept) return await exchange(kept, request, client);
    } catch (error) {
      // Closed while it was idle: that says nothing about upstream now.
      if (!isNoAnswer(error) || !isUnanswered(error)) throw error;
    }
    const opened = await connect(upstream, options);
    return await exchange(opened, request, client);
  }

  return async (request, client) => {
    let hasHurried = false;
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
        if (!isRefusal && !hasHurried) {
          hasHurried = true;
          continue;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelay));
    }
  };
}

function checkCount(what: string, count: number, least: number): void {
  if (!Number.isInteger(count) || count < least) {
    throw new RangeError(
      `There must be a whole number of ${what}, at least ${least}: received ${count}`,
    );
  }
}

function isNoAnswer(error: unknown): error is NoAnswerError {
  return error instanceof NoAnswerError;
}

/** Whether the connection was closed before the first byte of an answer. */
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
