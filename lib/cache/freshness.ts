/**
 * When a response may be stored, and when a stored one may be used: the rules of
 * docs/protocol.md, caching-2 to caching-7, which are those of RFC 9111 (sections
 * 4.2 and 5.2) reduced to a max-age on either side. Times are in seconds.
 *
 * @module
 */

import type { Header } from "../protocol/mod.ts";

/** The header fields of a request that control caching. */
export type RequestTerms = Pick<Header, "cache" | "maxAge">;

/** The header fields of a response that control caching. */
export type ResponseTerms = Pick<
  Header,
  "cache" | "maxAge" | "status" | "timeStamp"
>;

/**
 * How much longer each side allows a response to be used, in seconds; stale at
 * 0 or less.
 */
export interface Remaining {
  /** The time left of the response's max-age. */
  readonly server: number;
  /** The time left of the request's max-age. */
  readonly client: number;
}

/**
 * The age of a response: by its time stamp, but at least the time it has spent
 * in this cache (RFC 9111, section 4.2.3). A server whose clock runs ahead thus
 * cannot keep its responses fresh.
 *
 * @param response The header of the response.
 * @param now The current time, in whole seconds since 1970.
 * @param resident How long the response has been in this cache, in whole seconds.
 * @returns The age in whole seconds, at least 0.
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
 * How much longer each side allows a response to be used.
 *
 * @param request The header of the request.
 * @param response The header of the response.
 * @param now The current time, in whole seconds since 1970.
 * @param resident How long the response has been in this cache, in whole seconds.
 * @returns The time left on either side, in whole seconds or `Infinity`.
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
 * Whether a response is fresh on both sides.
 *
 * @param remaining The time left on either side.
 * @returns `true` if both have time left.
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
 * Whether a stale response may be used because upstream has failed (RFC 5861,
 * section 4).
 *
 * @param remaining The time left on either side.
 * @param staleIfError How long a stale response may be used, in seconds.
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
 * Whether a request may be answered from a cache at all. A max-age of 0 always
 * goes to the server.
 *
 * @param request The header of the request.
 * @returns `true` if a cached response may be used.
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
 * Whether a response reports a server error. Statuses above 599 have no meaning
 * yet.
 *
 * @param response The header of the response.
 * @returns `true` if the status is in the range 500 to 599.
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
 * Whether a response may be stored: both sides allow it, it is a success or a
 * client error, and it is still fresh.
 *
 * @param request The header of the request.
 * @param response The header of its response.
 * @param now The current time, in whole seconds since 1970.
 * @returns `true` if it may be stored.
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
