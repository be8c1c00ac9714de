import type { Client, Frame, Handler } from "../protocol/mod.ts";
import { Audience } from "./audience.ts";
import { cacheKey, hasCacheKey, hashOf } from "./cache_key.ts";
import { secondsSince1970 } from "./clock.ts";
import {
  isServerError,
  mayBeAnsweredFromCache,
  mayBeStored,
} from "./freshness.ts";

/** Options for {@linkcode coalesced}. */
export interface CoalescedOptions {
  /** The clock, in seconds since 1970. Ages are in whole seconds. */
  now?: (() => number) | undefined;
}

/** A request that waits for the response to another one. */
interface Follower {
  /** A copy, as its client may have been answered meanwhile. */
  readonly request: Frame;
  readonly client: Client;
  /** Whether it has already waited for a response that was too old for it. */
  readonly isLast: boolean;
  readonly resolve: (response: Frame | Promise<Frame>) => void;
  readonly reject: (error: unknown) => void;
}

/** A request in flight to upstream, and those that wait for its response. */
interface Exchange {
  readonly key: string;
  readonly followers: Follower[];
  /** Their clients, until they leave or half-close. */
  readonly present: Audience;
  /** Their clients, until their connections are closed. */
  readonly connected: Audience;
}

/** The terms of a request that accepts any cacheable response. */
const ANY = { cache: true, maxAge: Infinity };

/**
 * Coalesces identical requests that are in flight at the same time (RFC 9111,
 * section 4): the first is forwarded, the others wait for its response. Each of
 * them uses it if it is fresh on its own terms. Those for which it is too old
 * retry once, together, with the strictest of their requests; after that, each is
 * forwarded separately.
 *
 * A server error or a failure answers all requests that wait. Any other response
 * that may not be cached answers only the first. A request with a max-age of 0 is
 * never coalesced.
 *
 * Upstream sees the client of the first request, with signals that are aborted when
 * those of all waiting clients are. No request joins one whose clients have all
 * left.
 *
 * @param upstream The handler to forward to.
 * @param options The clock.
 * @returns The coalescing handler.
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
  /** Keyed by hash. A request whose hash collides with another is not coalesced. */
  const inFlight = new Map<number, Exchange>();

  async function ask(request: Frame, client: Client): Promise<Frame> {
    return await upstream(request, client);
  }

  /** Forwards a request for itself and its followers. */
  async function lead(
    request: Frame,
    client: Client,
    followers: Follower[] = [],
  ): Promise<Frame> {
    const hash = hashOf(request);
    const clients = [client, ...followers.map(({ client }) => client)];
    const exchange: Exchange = {
      key: cacheKey(request),
      followers,
      present: new Audience(clients.map(({ signal }) => signal)),
      connected: new Audience(clients.map(({ closeSignal }) => closeSignal)),
    };
    inFlight.set(hash, exchange);
    const { signal } = exchange.present;
    const { signal: closeSignal } = exchange.connected;
    let response;
    try {
      response = await upstream(request, { ...client, signal, closeSignal });
    } catch (error) {
      for (const { reject } of followers) reject(error);
      throw error;
    } finally {
      exchange.present.dismiss();
      exchange.connected.dismiss();
      // Another may have begun after all clients of this one left.
      if (inFlight.get(hash) === exchange) inFlight.delete(hash);
    }
    share(response, followers);
    return response;
  }

  /** Answers each follower that may use the response; the others retry. */
  function share(response: Frame, followers: readonly Follower[]): void {
    const time = Math.floor(now());
    const isForAll = isServerError(response);
    const isCacheable = mayBeStored(ANY, response, time);
    const retrying: Follower[] = [];
    for (const follower of followers) {
      const { request, client, isLast, resolve } = follower;
      if (isForAll || mayBeStored(request, response, time)) {
        resolve(response);
      } else if (isCacheable && !isLast) {
        retrying.push({ ...follower, isLast: true });
      } else {
        resolve(ask(request, client));
      }
    }
    retrying.sort((one, other) => one.request.maxAge - other.request.maxAge);
    const strictest = retrying.shift();
    if (!strictest) return;
    const { request, client, resolve } = strictest;
    resolve(lead(request, client, retrying));
  }

  return (request, client) => {
    if (!mayBeAnsweredFromCache(request)) return upstream(request, client);
    const exchange = inFlight.get(hashOf(request));
    if (!exchange || exchange.present.signal.aborted) {
      return lead(request, client);
    }
    if (!hasCacheKey(request, exchange.key)) return upstream(request, client);
    exchange.present.add(client.signal);
    exchange.connected.add(client.closeSignal);
    return new Promise((resolve, reject) => {
      exchange.followers.push({
        request: request.copy(),
        client,
        isLast: false,
        resolve,
        reject,
      });
    });
  };
}
