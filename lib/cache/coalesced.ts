import type { Client, Frame, Handler } from "../protocol/mod.ts";
import { cacheKey, hasCacheKey, hashOf } from "./cache_key.ts";
import { secondsSince1970 } from "./clock.ts";
import {
  isServerError,
  mayBeAnsweredFromCache,
  mayBeStored,
} from "./freshness.ts";

/** Options for {@linkcode coalesced}. */
export interface CoalescedOptions {
  /** The clock, in seconds since 1970. Ages are counted in whole seconds. */
  now?: () => number;
}

/** A request that waits for the response to another one. */
interface Follower {
  /** Valid, as it is not answered yet. */
  readonly request: Frame;
  readonly client: Client;
  /** Whether it has waited for a response already that was too old for it. */
  readonly isLast: boolean;
  readonly resolve: (response: Frame | Promise<Frame>) => void;
  readonly reject: (error: unknown) => void;
}

/** One request to upstream, and those that wait for its response. */
interface Exchange {
  readonly key: string;
  readonly followers: Follower[];
}

/** The terms of a request that takes any response that may be cached at all. */
const ANY = { cache: true, maxAge: Infinity };

/**
 * Makes one request of those that ask for the same thing at the same time, as
 * caches do (RFC 9111, section 4): the first one is passed on, the others wait
 * for its response. Each of them takes it if it is fresh on its own terms. Those
 * for which it is too old ask once more, together, with the strictest of their
 * requests; after that, each for itself.
 *
 * A server error or a failure is shared by all that wait. Any other response
 * that may not be cached answers the first request alone. A request with a
 * max-age of 0 neither waits nor is waited for.
 *
 * @param upstream The handler to ask.
 * @param options The clock.
 * @returns The handler.
 *
 * @example Usage
 * ```ts
 * import { calculator, encodeRequest } from "@calculator/tcp";
 * import { coalesced } from "@calculator/tcp/cache";
 * import { assertEquals } from "@std/assert";
 *
 * let asked = 0;
 * const handler = coalesced(async (request, client) => {
 *   asked++;
 *   return await calculator()(request, client);
 * });
 * const request = encodeRequest("1 + 2");
 * await Promise.all([
 *   handler(request, { id: 1, address: "127.0.0.1:64031" }),
 *   handler(request, { id: 1, address: "127.0.0.1:64032" }),
 * ]);
 * assertEquals(asked, 1);
 * ```
 */
export function coalesced(
  upstream: Handler,
  { now = secondsSince1970 }: CoalescedOptions = {},
): Handler {
  /** By the hash of the key. If two keys share one, the later request is not joined. */
  const underWay = new Map<number, Exchange>();

  async function ask(request: Frame, client: Client): Promise<Frame> {
    return await upstream(request, client);
  }

  /** Passes a request on for itself and for those that follow it. */
  async function lead(
    request: Frame,
    client: Client,
    followers: Follower[] = [],
  ): Promise<Frame> {
    const hash = hashOf(request);
    const exchange = { key: cacheKey(request), followers };
    underWay.set(hash, exchange);
    let response;
    try {
      response = await upstream(request, client);
    } catch (error) {
      for (const { reject } of followers) reject(error);
      throw error;
    } finally {
      underWay.delete(hash);
    }
    share(response, followers);
    return response;
  }

  /** Gives a response to each follower that may have it; the others ask again. */
  function share(response: Frame, followers: readonly Follower[]): void {
    const time = Math.floor(now());
    const isForAll = isServerError(response);
    const mayHelp = mayBeStored(ANY, response, time);
    const again: Follower[] = [];
    for (const follower of followers) {
      const { request, client, isLast, resolve } = follower;
      if (isForAll || mayBeStored(request, response, time)) {
        resolve(response);
      } else if (mayHelp && !isLast) {
        again.push({ ...follower, isLast: true });
      } else {
        resolve(ask(request, client));
      }
    }
    again.sort((one, other) => one.request.maxAge - other.request.maxAge);
    const strictest = again.shift();
    if (!strictest) return;
    const { request, client, resolve } = strictest;
    resolve(lead(request, client, again));
  }

  return (request, client) => {
    if (!mayBeAnsweredFromCache(request)) return upstream(request, client);
    const exchange = underWay.get(hashOf(request));
    if (!exchange) return lead(request, client);
    if (!hasCacheKey(request, exchange.key)) return upstream(request, client);
    return new Promise((resolve, reject) => {
      exchange.followers.push({
        request,
        client,
        isLast: false,
        resolve,
        reject,
      });
    });
  };
}
