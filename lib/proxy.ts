import {
  cached,
  type CachedOptions,
  type CacheFact,
  coalesced,
  ResponseStore,
  type Tier,
} from "./cache/mod.ts";
import { encodeServerError, formatOf } from "./message/mod.ts";
import {
  type Address,
  type ForwardOptions,
  forwardTo,
  NoAnswerError,
  type NoAnswerReason,
  type UpstreamFact,
} from "./net/mod.ts";
import {
  type Client,
  type Frame,
  type Handler,
  type Watch,
  watchAll,
} from "./protocol/mod.ts";
import { refusal } from "./refusal.ts";

/** What happens at a proxy, besides the facts of its cache and its upstream. */
export type ProxyFact =
  /** A request has neither a cached response nor one from the server. */
  {
    readonly type: "failure";
    readonly client: Client;
    readonly request: Frame;
    readonly error: NoAnswerError;
  };

/** Options for {@linkcode proxy}. */
export interface ProxyOptions
  extends
    Omit<ForwardOptions, "refusal" | "watch">,
    Omit<CachedOptions, "tier" | "watch"> {
  /**
   * Where responses are stored.
   *
   * @default {new ResponseStore()}
   */
  store?: Tier | undefined;
  /**
   * A second tier of the cache, shared by several proxies. Simultaneous misses of
   * `store` cost it one look-up.
   */
  shared?: Tier | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<CacheFact | UpstreamFact | ProxyFact> | undefined;
}

/**
 * Creates the handler of a proxy. It answers from its cache if possible.
 * Otherwise it forwards the request to a server, once for all clients that send
 * it at the same time, and answers with status 500 if that fails.
 *
 * @param servers Where to forward to, in turn if there are several.
 * @param options The cache, how to forward, and a watcher.
 * @returns The handler.
 * @throws {RangeError} If there is no server, or an address, a count or a time is
 * out of range.
 * @throws {TypeError} If a TLS option is unknown or cannot be parsed.
 *
 * @example Usage
 * ```ts
 * import { ask, calculator, encodeRequest, proxy, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const server = serve({ port: 0 }, calculator());
 * await using between = serve({ port: 0 }, proxy(server.address));
 * const first = await ask(between.address, encodeRequest("1 + 2"));
 * await server.close();
 * assertEquals(await ask(between.address, encodeRequest("1 + 2")), first);
 * ```
 */
export function proxy(
  servers: Address | readonly Address[],
  options: ProxyOptions = {},
): Handler {
  const watch = watchAll(options.watch);
  const { store = new ResponseStore(), shared, ...rest } = options;
  const watched = { ...rest, ...(watch && { watch }) };
  const forward = forwardTo(servers, { ...watched, refusal });
  const fetch = shared
    ? cached(forward, shared, { ...watched, tier: "shared" })
    : forward;
  const answer = cached(coalesced(fetch, rest), store, watched);

  function giveUp(error: unknown, request: Frame, client: Client): Frame {
    if (!(error instanceof NoAnswerError)) throw error;
    watch?.({ type: "failure", client, request, error });
    const failure = FAILURES[error.reason];
    return encodeServerError({
      name: "ProxyError",
      message:
        `Internal proxy error: ${failure} and the request was not in the cache or was stale`,
    }, { format: formatOf(request.payload) });
  }

  return (request, client) => {
    const response = answer(request, client);
    if (!(response instanceof Promise)) return response;
    const kept = request.copy();
    return response.catch((error) => giveUp(error, kept, client));
  };
}

const FAILURES: Record<NoAnswerReason, string> = {
  refused: "Connection refused by server",
  unreachable: "Server could not be reached",
  untrusted: "Server and proxy do not trust each other",
  "timed out": "Server did not answer in time",
  closed: "Server closed the connection without an answer",
  busy: "Server is busy",
  garbled: "Server sent an invalid response",
};
