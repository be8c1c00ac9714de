import type { Frame, Handler } from "../protocol/mod.ts";
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

/**
 * What became of a request: answered from the cache; or passed on, and then the
 * response stored, or not; or passed on because the stored response was stale;
 * or answered with the stale response, as upstream has failed.
 */
export type CacheEvent =
  | { readonly outcome: "hit" | "stored"; readonly remaining: Remaining }
  | { readonly outcome: "not stored" | "stale" }
  | { readonly outcome: "stale on error"; readonly error: unknown };

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
  /** Is told what became of each request that got an answer. */
  report?: (event: CacheEvent, client: string) => void;
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
 * const first = await handler(request, "127.0.0.1:64031");
 * assertStrictEquals(await handler(request, "127.0.0.1:64032"), first);
 * ```
 */
export function cached(
  upstream: Handler,
  store: ResponseStore,
  { now = secondsSince1970, staleIfError = 0, report }: CachedOptions = {},
): Handler {
  const clock = new Clock(now);
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
  async function ask(request: Frame, client: string): Promise<Frame> {
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
    client: string,
    isStale: boolean,
  ): Frame {
    const time = clock.read();
    const mayStore = mayBeStored(request, response, time);
    if (mayStore) store.set(request, response, Math.floor(clock.steady));
    if (isStale) {
      report?.({ outcome: "stale" }, client);
    } else if (mayStore) {
      const left = remaining(request, response, time);
      report?.({ outcome: "stored", remaining: left }, client);
    } else {
      report?.({ outcome: "not stored" }, client);
    }
    return response;
  }

  async function passOn(request: Frame, client: string): Promise<Frame> {
    return keep(request, await ask(request, client), client, false);
  }

  /** The stale response, if it may be used now that upstream has failed. */
  function standIn(
    request: Frame,
    stale: StoredResponse,
    client: string,
    error: unknown,
  ): Frame | undefined {
    const left = remains(request, stale);
    if (!mayBeUsedOnError(left, staleIfError)) return undefined;
    report?.({ outcome: "stale on error", error }, client);
    return stale.response;
  }

  async function refresh(
    request: Frame,
    stale: StoredResponse,
    client: string,
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
      report?.({ outcome: "hit", remaining: left }, client);
      return stored.response;
    }
    return refresh(request, stored, client);
  };
}
