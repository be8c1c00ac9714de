import { age } from "../cache/freshness.ts";
import { RemoteError } from "../message/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import { duration } from "../terminal/duration.ts";
import { printable } from "../terminal/printable.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Puts the header of a response into words: its status, how old it is, and how
 * long it may be cached.
 *
 * @param exchange The request and the response.
 * @param now The time, in whole seconds since 1970.
 * @param error The error that the response reports, if any.
 * @returns The sentence, or `undefined` if there was no response.
 */
export function showResponse(
  { request, response, elapsed = 0 }: Exchange,
  now: number,
  error?: Error,
): string | undefined {
  if (!request || !response) return undefined;
  const name = error instanceof RemoteError ? ` ${printable(error.name)}` : "";
  return `Status ${response.status}${name} after ${duration(elapsed)}, ` +
    `${origin(request, response, now)}; ${lifetime(response, now)}`;
}

function origin(request: Frame, response: Frame, now: number): string {
  const ahead = response.timeStamp - now;
  if (ahead > 0) {
    return `made ${ahead} s in the future, by the clock of its server`;
  }
  if (ahead === 0) return "made just now";
  // A server makes its response after the request, if their clocks agree.
  const isCached = request.cache && request.maxAge > 0 && response.cache &&
    response.timeStamp < request.timeStamp;
  return `made ${-ahead} s ago${isCached ? ", so it comes from a cache" : ""}`;
}

function lifetime(response: Frame, now: number): string {
  const { cache, maxAge } = response;
  if (!cache) return "not to be cached";
  if (maxAge === Infinity) return "good without limit";
  const seconds = age(response, now);
  if (seconds >= maxAge) return `no longer good: its max-age is ${maxAge} s`;
  return `good for ${maxAge - seconds} s${seconds > 0 ? " more" : ""}`;
}
