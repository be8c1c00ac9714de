import {
  type Client,
  type Frame,
  type Handler,
  type Watch,
  watchAll,
} from "../protocol/mod.ts";
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
import type { ResponseStore, StoredResponse } from "./response_store.ts";

/** What a cache does with a request. Each that gets a response has one such fact. */
export type CacheFact =
  /**
   * A request is answered from the cache; or its response has been stored; or
   * its response is shared with a simultaneous request that has stored it.
   */
  | {
    readonly type: "hit" | "stored" | "shared";
    readonly client: Client;
    readonly request: Frame;
    readonly remaining: Remaining;
  }
  /** A response has not been stored. */
  | {
    readonly type: "not stored";
    readonly client: Client;
    readonly request: Frame;
  }
  /** A response has been fetched as the stored one was stale. */
  | {
    readonly type: "stale";
    readonly client: Client;
    readonly request: Frame;
    /** `undefined` if it has not been stored in its place. */
    readonly remaining: Remaining | undefined;
  }
  /** A stale response is used, as upstream has failed. */
  | {
    readonly type: "stale on error";
    readonly client: Client;
    readonly request: Frame;
    readonly error: unknown;
  };

/** Options for {@linkcode cached}. */
export interface CachedOptions {
  /** The clock, in seconds since 1970. Ages are counted in whole seconds. */
  now?: () => number;
  /**
   * For how many seconds a stale response may be used if upstream fails. Both
   * max-ages are promises, and only the operator of the cache may break them.
   *
   * @default {0}
   */
  staleIfError?: number;
  /** Is called with each fact as it happens. What it throws harms nobody. */
  watch?: Watch<CacheFact>;
}

/** For how many seconds upstream, once it has failed, is spared where it can be. */
const RETRY_AFTER = 1;

/** Why upstream has failed last, and from when on it may be tried again. */
interface Failure {
  readonly error: unknown;
  retryAt: number;
}

/**
 * Puts a cache before a handler. A stored response goes out bit for bit as it
 * came in, its old time stamp included.
 *
 * Where a stale response may stand in, an upstream that has failed is not tried
 * again for a second, and then by one request at a time (a circuit breaker).
 *
 * @param upstream The handler that answers what the cache cannot.
 * @param store Where responses are kept.
 * @param options The clock, for how long stale responses may be used if upstream
 * fails, and a function that is told of hits and misses.
 * @returns The handler with its cache. A hit is answered at once, without a promise.
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
  store: ResponseStore,
  { now = secondsSince1970, staleIfError = 0, ...watching }: CachedOptions = {},
): Handler {
  const clock = new Clock(now);
  const watch = watchAll(watching.watch);
  let failure: Failure | undefined;

  function remains(
    request: Frame,
    { response, received }: StoredResponse,
  ): Remaining {
    const time = clock.read();
    const resident = Math.floor(clock.steady) - received;
    return remaining(request, response, time, resident);
  }

  /** Asks upstream, and notes whether it fails. */
  async function ask(request: Frame, client: Client): Promise<Frame> {
    // Others with a stale response do not wait for this attempt.
    if (failure) failure.retryAt = Infinity;
    try {
      const response = await upstream(request, client);
      failure = undefined;
      return response;
    } catch (error) {
      clock.read();
      failure = { error, retryAt: clock.steady + RETRY_AFTER };
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
    // A simultaneous request may have stored it: the very same frame.
    const isShared = mayStore && store.get(request)?.response === response;
    if (mayStore && !isShared) {
      store.set(request, response, Math.floor(clock.steady));
    }
    if (isStale) {
      watch?.({
        type: "stale",
        client,
        request,
        remaining: mayStore ? remaining(request, response, time) : undefined,
      });
    } else if (mayStore) {
      const left = remaining(request, response, time);
      const type = isShared ? "shared" : "stored";
      watch?.({ type, client, request, remaining: left });
    } else {
      watch?.({ type: "not stored", client, request });
    }
    return response;
  }

  async function passOn(request: Frame, client: Client): Promise<Frame> {
    return keep(request, await ask(request, client), client, false);
  }

  /** The stale response, if it may be used now that upstream has failed. */
  function standIn(
    request: Frame,
    stale: StoredResponse,
    client: Client,
    error: unknown,
  ): Frame | undefined {
    const left = remains(request, stale);
    if (!mayBeUsedOnError(left, staleIfError)) return undefined;
    watch?.({ type: "stale on error", client, request, error });
    return stale.response;
  }

  async function refresh(
    request: Frame,
    stale: StoredResponse,
    client: Client,
  ): Promise<Frame> {
    if (failure && clock.steady < failure.retryAt) {
      const cause = failure.error;
      const error = new Error("Upstream has just failed: not asked again yet", {
        cause,
      });
      const old = standIn(request, stale, client, error);
      if (old) return old;
    }
    let response;
    try {
      response = await ask(request, client);
    } catch (error) {
      const old = standIn(request, stale, client, error);
      if (!old) throw error;
      return old;
    }
    const error = new Error(`Status ${response.status} from upstream`);
    const old = isServerError(response)
      ? standIn(request, stale, client, error)
      : undefined;
    return old ?? keep(request, response, client, true);
  }

  return (request, client) => {
    const stored = mayBeAnsweredFromCache(request)
      ? store.get(request)
      : undefined;
    if (!stored) return passOn(request, client);
    const left = remains(request, stored);
    if (isFresh(left)) {
      watch?.({ type: "hit", client, request, remaining: left });
      return stored.response;
    }
    return refresh(request, stored, client);
  };
}
