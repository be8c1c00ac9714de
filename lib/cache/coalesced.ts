import type { Frame, Handler } from "../protocol/mod.ts";
import { mayBeAnsweredFromCache } from "./freshness.ts";
import { isSame, keyOf } from "./key.ts";

/** A request that is valid until the response to it is there. */
interface Exchange {
  readonly request: Frame;
  readonly response: Promise<Frame>;
}

/**
 * Makes one request of those that ask for the same thing at the same time, as a
 * cache does that has just been emptied (RFC 9111, section 4): the first one is
 * passed on, the others wait for its response. If it fails, it fails for all of
 * them, and the next one is passed on again.
 *
 * A request with a max-age of 0 is never answered with what an earlier one
 * asked for, and a response that may not be cached answers the first one alone.
 *
 * @param upstream Whom to ask.
 * @returns The handler.
 *
 * @example Usage
 * ```ts
 * import { calculator, coalesced, encodeRequest } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * let asked = 0;
 * const handler = coalesced(async (request, client) => {
 *   asked++;
 *   return await calculator()(request, client);
 * });
 * const request = encodeRequest("1 + 2");
 * await Promise.all([
 *   handler(request, "127.0.0.1:64031"),
 *   handler(request, "127.0.0.1:64032"),
 * ]);
 * assertEquals(asked, 1);
 * ```
 */
export function coalesced(upstream: Handler): Handler {
  const underWay = new Map<number, Exchange>();

  function passOn(key: number, request: Frame, client: string): Promise<Frame> {
    const response = Promise.resolve(upstream(request, client))
      // Another request of the same key loses its followers: it is rare enough.
      .finally(() => underWay.delete(key));
    underWay.set(key, { request, response });
    return response;
  }

  return async (request, client) => {
    if (!mayBeAnsweredFromCache(request)) {
      return await upstream(request, client);
    }
    const key = keyOf(request);
    const earlier = underWay.get(key);
    if (!earlier || !isSame(earlier.request, request)) {
      return await passOn(key, request, client);
    }
    const response = await earlier.response;
    // One that is its asker's alone, such as that to rand, is asked for anew.
    const isShared = response.cache || response.status >= 500;
    return isShared ? response : await upstream(request, client);
  };
}
