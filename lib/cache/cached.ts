import type { Frame, Handler } from "../protocol/mod.ts";
import {
  isFresh,
  mayBeAnsweredFromCache,
  mayBeStored,
  mayBeUsedOnError,
  type Remaining,
  remaining,
} from "./freshness.ts";
import type { ResponseStore } from "./response_store.ts";

/**
 * What became of a request: answered from the cache; or passed on, and then the
 * response stored, or not; or passed on because what was stored had gone stale;
 * or answered with that all the same, as upstream has failed.
 */
export type CacheEvent =
  | { readonly outcome: "hit" | "stored"; readonly remaining: Remaining }
  | { readonly outcome: "not stored" | "stale" }
  | { readonly outcome: "stale on error"; readonly error: unknown };

/** Options for {@linkcode cached}. */
export interface CachedOptions {
  /** The clock, in whole seconds since 1970. */
  now?: () => number;
  /**
   * For how many seconds a stale response may be used if upstream fails. Both
   * max-ages are promises, so it is for whoever runs the cache to break them.
   *
   * @default {0}
   */
  staleIfError?: number;
  /** Is told what became of each request that got an answer. */
  report?: (event: CacheEvent, client: string) => void;
}

/**
 * Puts a cache before a handler. A stored response goes out bit for bit as it
 * came in, its old time stamp included.
 *
 * @param upstream Who is asked when the cache cannot answer.
 * @param store Where responses are kept.
 * @param options A clock of another kind, for how long what is stale may stand in
 * for an upstream that fails, and who is told of hits and misses.
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
  function keep(
    request: Frame,
    response: Frame,
    client: string,
    isStale: boolean,
  ): Frame {
    const time = now();
    const mayStore = mayBeStored(request, response, time);
    if (mayStore) store.set(request, response);
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
    return keep(request, await upstream(request, client), client, false);
  }

  /** What is stale, if it may be used now that upstream has failed. */
  function standIn(
    request: Frame,
    stale: Frame,
    client: string,
    error: unknown,
  ): Frame | undefined {
    const left = remaining(request, stale, now());
    if (!mayBeUsedOnError(left, staleIfError)) return undefined;
    report?.({ outcome: "stale on error", error }, client);
    return stale;
  }

  async function refresh(
    request: Frame,
    stale: Frame,
    client: string,
  ): Promise<Frame> {
    let response;
    try {
      response = await upstream(request, client);
    } catch (error) {
      const old = standIn(request, stale, client, error);
      if (!old) throw error;
      return old;
    }
    const { status } = response;
    const old = status >= 500
      ? standIn(
        request,
        stale,
        client,
        new Error(`Status ${status} from upstream`),
      )
      : undefined;
    return old ?? keep(request, response, client, true);
  }

  return (request, client) => {
    const stored = mayBeAnsweredFromCache(request)
      ? store.get(request)
      : undefined;
    if (!stored) return passOn(request, client);
    const left = remaining(request, stored, now());
    if (!isFresh(left)) return refresh(request, stored, client);
    report?.({ outcome: "hit", remaining: left }, client);
    return stored;
  };
}

function secondsSince1970(): number {
  return Math.floor(Date.now() / 1000);
}
