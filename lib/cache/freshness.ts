/**
 * When a cached response may be used and when one may be kept: the rules of
 * docs/protocol.md, "Caching", which are those of RFC 9111 (sections 4.2 and
 * 5.2) cut down to a max-age on either side. Times are in seconds.
 *
 * @module
 */

import type { Header } from "../protocol/mod.ts";

/** What a request says about caching. */
export type RequestTerms = Pick<Header, "cache" | "maxAge">;

/** What a response says about caching. */
export type ResponseTerms = Pick<
  Header,
  "cache" | "maxAge" | "status" | "timeStamp"
>;

/** For how many more seconds each side lets a response be used; 0 or less: no more. */
export interface Remaining {
  /** What is left of the response's max-age. */
  readonly server: number;
  /** What is left of the age that the request accepts. */
  readonly client: number;
}

/**
 * How old a response is: by its time stamp, but no younger than the cache itself
 * knows it to be (RFC 9111, section 4.2.3). So a server whose clock is ahead
 * cannot keep it young.
 *
 * @param response The response's header.
 * @param now The time, in whole seconds since 1970.
 * @param resident For how long the response has been in this cache, in whole
 * seconds.
 * @returns Its age in whole seconds, 0 at least.
 *
 * @example Usage
 * ```ts
 * import { age } from "@calculator/tcp/cache";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(age({ timeStamp: 1000 }, 1010), 10);
 * assertEquals(age({ timeStamp: 1000 }, 990), 0);
 * assertEquals(age({ timeStamp: 1000 }, 990, 2), 2);
 * ```
 */
export function age(
  response: Pick<ResponseTerms, "timeStamp">,
  now: number,
  resident = 0,
): number {
  return Math.max(now - response.timeStamp, resident, 0);
}

/**
 * For how long both sides still let a response be used.
 *
 * @param request The header of the request to be answered with it.
 * @param response The header of the response.
 * @param now The time, in whole seconds since 1970.
 * @param resident For how long the response has been in this cache, in whole
 * seconds.
 * @returns What is left on either side, in whole seconds or `Infinity`.
 *
 * @example Usage
 * ```ts
 * import { remaining } from "@calculator/tcp/cache";
 * import { assertEquals } from "@std/assert";
 *
 * const request = { maxAge: 60 };
 * const response = { maxAge: Infinity, timeStamp: 1000 };
 * assertEquals(remaining(request, response, 1010), { server: Infinity, client: 50 });
 * ```
 */
export function remaining(
  request: Pick<RequestTerms, "maxAge">,
  response: Pick<ResponseTerms, "maxAge" | "timeStamp">,
  now: number,
  resident?: number,
): Remaining {
  const seconds = age(response, now, resident);
  return {
    server: response.maxAge - seconds,
    client: request.maxAge - seconds,
  };
}

/**
 * Whether a response may still be used.
 *
 * @param remaining How much time either side leaves it.
 * @returns `true` if both leave it some.
 *
 * @example Usage
 * ```ts
 * import { isFresh } from "@calculator/tcp/cache";
 * import { assert } from "@std/assert";
 *
 * assert(isFresh({ server: Infinity, client: 50 }));
 * assert(!isFresh({ server: Infinity, client: 0 }));
 * ```
 */
export function isFresh({ server, client }: Remaining): boolean {
  return server > 0 && client > 0;
}

/**
 * Whether a response may be used although it is stale, as nothing better can be
 * had (RFC 5861, section 4).
 *
 * @param remaining How much time either side leaves it.
 * @param staleIfError For how long, in seconds, it may be used after that time.
 * @returns `true` if it is not too stale.
 *
 * @example Usage
 * ```ts
 * import { mayBeUsedOnError } from "@calculator/tcp/cache";
 * import { assert } from "@std/assert";
 *
 * assert(mayBeUsedOnError({ server: -9, client: Infinity }, 10));
 * assert(!mayBeUsedOnError({ server: -9, client: -10 }, 10));
 * ```
 */
export function mayBeUsedOnError(
  { server, client }: Remaining,
  staleIfError: number,
): boolean {
  return Math.min(server, client) > -staleIfError;
}

/**
 * Whether a request may be answered from a cache at all: a max-age of 0 asks to
 * recompute, whatever is cached.
 *
 * @param request The request's header.
 * @returns `true` if a cached response may be looked for.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { mayBeAnsweredFromCache } from "@calculator/tcp/cache";
 * import { assert } from "@std/assert";
 *
 * assert(mayBeAnsweredFromCache(encodeRequest("1 + 2")));
 * assert(!mayBeAnsweredFromCache(encodeRequest("1 + 2", { maxAge: 0 })));
 * ```
 */
export function mayBeAnsweredFromCache(request: RequestTerms): boolean {
  return request.cache && request.maxAge > 0;
}

/**
 * Whether a response reports a failure of the server. Statuses beyond 599 have
 * no meaning yet.
 *
 * @param response The response's header.
 * @returns `true` if its status is one of 500 to 599.
 *
 * @example Usage
 * ```ts
 * import { isServerError } from "@calculator/tcp/cache";
 * import { assert } from "@std/assert";
 *
 * assert(isServerError({ status: 500 }));
 * assert(!isServerError({ status: 600 }));
 * ```
 */
export function isServerError(
  { status }: Pick<ResponseTerms, "status">,
): boolean {
  return status >= 500 && status < 600;
}

/**
 * Whether a response may be kept: both sides agree to it, it is a success or a
 * client error, and it is still fresh.
 *
 * @param request The header of the request.
 * @param response The header of the response to it.
 * @param now The time, in whole seconds since 1970.
 * @returns `true` if it may.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { mayBeStored } from "@calculator/tcp/cache";
 * import { encodeSuccess } from "@calculator/tcp/message";
 * import { assert } from "@std/assert";
 *
 * const response = encodeSuccess({ result: "3", steps: [] }, { maxAge: 60 });
 * const now = response.timeStamp;
 * assert(mayBeStored(encodeRequest("1 + 2"), response, now + 59));
 * assert(!mayBeStored(encodeRequest("1 + 2"), response, now + 60));
 * assert(!mayBeStored(encodeRequest("1 + 2", { cache: false }), response, now));
 * ```
 */
export function mayBeStored(
  request: RequestTerms,
  response: ResponseTerms,
  now: number,
): boolean {
  const { status } = response;
  const isStorable = status === 200 || (status >= 400 && status < 500);
  return request.cache && response.cache && isStorable &&
    isFresh(remaining(request, response, now));
}
