import {
  cached,
  type CachedOptions,
  coalesced,
  type ResponseStore,
} from "./cache/mod.ts";
import {
  type Address,
  type ForwardOptions,
  forwardTo,
  NoAnswerError,
  type NoAnswerReason,
} from "./net/mod.ts";
import { encodeServerError, formatOf, messagePack } from "./message/mod.ts";
import type { Frame, Handler } from "./protocol/mod.ts";

/** Options for {@linkcode proxy}. */
export interface ProxyOptions
  extends Omit<ForwardOptions, "isBusy">, CachedOptions {
  /** Is told of each request that the server gave no answer to. */
  reportFailure?: (error: NoAnswerError, client: string) => void;
}

/**
 * The handler of a proxy: answers from its cache what it can, passes on to a
 * server what it cannot, once for all who ask for it at the same time, and
 * answers with status 500 if that fails.
 *
 * @param server Whom to ask.
 * @param store Where responses are kept.
 * @param options How to ask, and who is told what happened.
 * @returns The handler.
 *
 * @example Usage
 * ```ts
 * import {
 *   ask,
 *   calculator,
 *   encodeRequest,
 *   proxy,
 *   ResponseStore,
 *   serve,
 * } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const server = serve({ port: 0 }, calculator());
 * await using between = serve({ port: 0 }, proxy(server.address, new ResponseStore()));
 * const first = await ask(between.address, encodeRequest("1 + 2"));
 * await server.close();
 * assertEquals(await ask(between.address, encodeRequest("1 + 2")), first);
 * ```
 */
export function proxy(
  server: Address,
  store: ResponseStore,
  options: ProxyOptions = {},
): Handler {
  const forward = forwardTo(server, { ...options, isBusy });
  const upstream = coalesced(forward, options);
  const answer = cached(upstream, store, options);

  function giveUp(error: unknown, request: Frame, client: string): Frame {
    if (!(error instanceof NoAnswerError)) throw error;
    options.reportFailure?.(error, client);
    const failure = FAILURES[error.reason];
    return encodeServerError({
      name: "ProxyError",
      message:
        `Internal proxy error: ${failure} and the request was not in the cache or was stale`,
    }, { format: formatOf(request.payload) });
  }

  return (request, client) => {
    const response = answer(request, client);
    return response instanceof Promise
      ? response.catch((error) => giveUp(error, request, client))
      : response;
  };
}

/** Whether a server error says that there are too many connections. */
function isBusy({ payload }: Frame): boolean {
  try {
    return messagePack.decodeReport(payload).name === "Busy";
  } catch {
    // Another error, which is passed on as it is.
    return false;
  }
}

const FAILURES: Record<NoAnswerReason, string> = {
  refused: "Connection refused by server",
  unreachable: "Server could not be reached",
  untrusted: "Server could not be trusted",
  "timed out": "Server did not answer in time",
  closed: "Server closed the connection without an answer",
  busy: "Server is busy",
  garbled: "Server sent something that is not a response",
};
