import {
  type Client,
  type Frame,
  type Handler,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
import type { CacheFact, TierName } from "./cache_fact.ts";
import { Clock, secondsSince1970 } from "./clock.ts";
import {
  isFresh,
  isServerError,
  mayBeAnsweredFromCache,
  mayBeStored,
  mayBeUsedOnError,
  type Remaining,
  remaining,
} from "./freshness.ts";
import type { StoredResponse, Tier } from "./store.ts";

/** Options for {@linkcode cached}. */
export interface CachedOptions {
  /** The clock, in seconds since 1970. Ages are in whole seconds. */
  now?: (() => number) | undefined;
  /**
   * How long a stale response may be used if upstream fails, in seconds. This
   * overrides both max-ages, so it is up to the operator of the cache.
   *
   * @default {0}
   */
  staleIfError?: number | undefined;
  /**
   * Where the cache is, for facts.
   *
   * @default {"memory"}
   */
  tier?: TierName | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<CacheFact> | undefined;
}

/** How long to wait before retrying an upstream that has failed, in seconds. */
const RETRY_AFTER = 1;

/** The last failure of upstream, and when it may be tried again. */
interface Failure {
  readonly error: unknown;
  retryAt: number;
}

/**
 * Puts a cache in front of a handler. A stored response is sent unchanged,
 * including its original time stamp.
 *
 * While a stale response may be used instead, an upstream that has failed is not
 * retried for a second, and then by one request at a time (a circuit breaker).
 *
 * @param upstream The handler that answers cache misses.
 * @param store Where responses are stored. If it throws or rejects, that counts
 * as a miss.
 * @param options The clock, how long stale responses may be used if upstream
 * fails, and a watcher.
 * @returns The caching handler. A hit is returned synchronously if the store returns
 * it synchronously.
 * @throws {RangeError} If `staleIfError` is negative or `NaN`.
 *
 * @example Usage
 * ```ts
 * import { cached, calculator, encodeRequest, ResponseStore } from "@calculator/tcp";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const handler = cached(calculator(), new ResponseStore());
 * const request = encodeRequest("1 + 2");
 * const first = await handler(request, { id: 1, address: "127.0.0.1:64031" });
 * assertStrictEquals(await handler(request, { id: 1, address: "127.0.0.1:64032" }), first);
 * ```
 */
export function cached(
  upstream: Handler,
  store: Tier,
  {
    now = secondsSince1970,
    staleIfError = 0,
    tier = "memory",
    ...watching
  }: CachedOptions = {},
): Handler {
  if (!(staleIfError >= 0)) {
    throw new RangeError(
      `"staleIfError" must be a time in seconds, at least 0: received ${staleIfError}`,
    );
  }
  const clock = new Clock(now);
  const watch = watchAll(watching.watch);
  let failure: Failure | undefined;

  function timeLeft(
    request: Frame,
    { response, received }: StoredResponse,
  ): Remaining {
    const time = clock.read();
    const resident = received === undefined
      ? 0
      : Math.floor(clock.steady) - received;
    return remaining(request, response, time, resident);
  }

  function lookUp(request: Frame): ReturnType<Tier["get"]> {
    if (!mayBeAnsweredFromCache(request)) return undefined;
    try {
      return store.get(request);
    } catch {
      return undefined;
    }
  }

  /** Stores a response, and returns `false` if this very frame is stored already. */
  function save(request: Frame, response: Frame): boolean {
    try {
      const saved = store.set(request, response, Math.floor(clock.steady));
      if (saved instanceof Promise) saved.catch(() => {});
      return saved !== false;
    } catch {
      return true;
    }
  }

  /** Asks upstream and records whether it failed. */
  async function ask(request: Frame, client: Client): Promise<Frame> {
    // Meanwhile, other requests use their stale responses.
    if (failure) failure.retryAt = Infinity;
    try {
      const response = await upstream(request, client);
      failure = undefined;
      return response;
    } catch (error) {
      clock.read();
      if (hasLeft(client)) {
        // Upstream has not failed: the next request may try again.
        if (failure) failure.retryAt = clock.steady;
      } else failure = { error, retryAt: clock.steady + RETRY_AFTER };
      throw error;
    }
  }

  function keep(
    request: Frame,
    response: Frame,
    client: Client,
    isStale: boolean,
  ): Frame {
    const time = clock.read();
    const mayStore = mayBeStored(request, response, time);
    // A simultaneous request may have stored the very same frame.
    const isJoined = mayStore && !save(request, response);
    if (isStale) {
      watch?.({
        type: "stale",
        tier,
        client,
        request,
        remaining: mayStore ? remaining(request, response, time) : undefined,
      });
    } else if (mayStore) {
      const left = remaining(request, response, time);
      const type = isJoined ? "joined" : "stored";
      watch?.({ type, tier, client, request, remaining: left });
    } else {
      watch?.({ type: "not stored", tier, client, request });
    }
    return response;
  }

  async function forward(request: Frame, client: Client): Promise<Frame> {
    return keep(request, await ask(request, client), client, false);
  }

  /** The stale response, if it may be used although upstream has failed. */
  function staleOnError(
    request: Frame,
    stale: StoredResponse,
    client: Client,
    error: unknown,
  ): Frame | undefined {
    const left = timeLeft(request, stale);
    if (!mayBeUsedOnError(left, staleIfError)) return undefined;
    watch?.({ type: "stale on error", tier, client, request, error });
    return stale.response;
  }

  async function refresh(
    request: Frame,
    stale: StoredResponse,
    client: Client,
  ): Promise<Frame> {
    if (failure && clock.steady < failure.retryAt) {
      const cause = failure.error;
      const error = new Error("Upstream has just failed: not retried yet", {
        cause,
      });
      const old = staleOnError(request, stale, client, error);
      if (old) return old;
    }
    watch?.({
      type: "refreshing",
      tier,
      client,
      request,
      response: stale.response,
    });
    let response;
    try {
      response = await ask(request, client);
    } catch (error) {
      if (hasLeft(client)) throw error;
      const old = staleOnError(request, stale, client, error);
      if (!old) throw error;
      return old;
    }
    const error = new Error(`Status ${response.status} from upstream`);
    const old = isServerError(response)
      ? staleOnError(request, stale, client, error)
      : undefined;
    return old ?? keep(request, response, client, true);
  }

  /** The stored response, if it is fresh for the client. */
  function hit(
    request: Frame,
    stored: StoredResponse,
    client: Client,
  ): Frame | undefined {
    const left = timeLeft(request, stored);
    if (!isFresh(left)) return undefined;
    if (stored.hits !== undefined) {
      stored.hits++;
      stored.used = clock.steady;
    }
    watch?.({ type: "hit", tier, client, request, remaining: left });
    return stored.response;
  }

  /** Answers a request that is kept past a promise, hence a copy. */
  async function answerLater(
    request: Frame,
    looking: Promise<StoredResponse | undefined>,
    client: Client,
  ): Promise<Frame> {
    const stored = await looking.catch(() => undefined);
    if (!stored) return await forward(request, client);
    return hit(request, stored, client) ??
      await refresh(request, stored, client);
  }

  return (request, client) => {
    const stored = lookUp(request);
    if (!stored) return forward(request.copy(), client);
    if (stored instanceof Promise) {
      return answerLater(request.copy(), stored, client);
    }
    return hit(request, stored, client) ??
      refresh(request.copy(), stored, client);
  };
}

/** Whether a client can no longer be answered, so that its request is aborted. */
function hasLeft({ closeSignal }: Client): boolean {
  return closeSignal?.aborted ?? false;
}
