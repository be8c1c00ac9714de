import type { Frame } from "../protocol/mod.ts";

/**
 * A response in a {@linkcode Store}. It is live in a
 * {@linkcode ResponseStore}: when the response is replaced, it holds the new one.
 */
export interface StoredResponse {
  /** The very frame that was stored. */
  readonly response: Frame;
  /**
   * When it was received, in whole seconds, by the cache's clock. Without it, the
   * age is computed from the time stamp alone, as for a response that has just
   * arrived.
   */
  readonly received?: number | undefined;
  /** How many requests it has answered. The cache counts them if this is set. */
  hits?: number | undefined;
  /**
   * When it last answered a request, or was received, by the cache's clock. The
   * cache updates it together with `hits`.
   */
  used?: number | undefined;
}

/**
 * Where {@linkcode cached} keeps responses, by request. Two requests are the same
 * if their payloads and steps bits are; the rest of their headers does not count.
 * A store need not check freshness.
 *
 * If a store throws or rejects, the cache treats it as a miss. A look-up has no time
 * limit, so a store that may hang needs one.
 *
 * @example A store without a limit
 * ```ts
 * import { cached, calculator, encodeRequest } from "@calculator/tcp";
 * import type { Store, StoredResponse } from "@calculator/tcp/cache";
 * import { assertStrictEquals } from "@std/assert";
 * import type { Frame } from "@calculator/tcp/protocol";
 *
 * const keyOf = ({ steps, payload }: Frame) => `${steps} ${payload.toHex()}`;
 *
 * class MapStore implements Store {
 *   readonly #responses = new Map<string, StoredResponse>();
 *   get size() {
 *     return this.#responses.size;
 *   }
 *   get(request: Frame) {
 *     return this.#responses.get(keyOf(request));
 *   }
 *   set(request: Frame, response: Frame, received: number) {
 *     this.#responses.set(keyOf(request), { response, received });
 *   }
 *   delete(request: Frame) {
 *     return this.#responses.delete(keyOf(request));
 *   }
 *   clear() {
 *     this.#responses.clear();
 *   }
 * }
 *
 * const handler = cached(calculator(), new MapStore());
 * const client = { id: 1, address: "127.0.0.1:64031" };
 * const first = await handler(encodeRequest("1 + 2"), client);
 * assertStrictEquals(handler(encodeRequest("1 + 2"), client), first);
 * ```
 */
export interface Store {
  /**
   * Looks up the response to a request.
   *
   * @param request The request. It is valid only during the call: copy what is
   * needed later.
   * @returns The stored response, or `undefined` if there is none. Return it
   * synchronously if possible: a promise makes a hit slower.
   */
  get(
    request: Frame,
  ): StoredResponse | undefined | Promise<StoredResponse | undefined>;
  /**
   * Stores a response and replaces any earlier one.
   *
   * @param request The request, valid only during the call.
   * @param response The response. It is never changed and need not be copied.
   * @param received When it was received, in whole seconds, by the cache's clock.
   * @returns `false` if this very frame is stored already. The cache does not
   * await a promise.
   */
  set(request: Frame, response: Frame, received: number): unknown;
  /**
   * Deletes the response to a request.
   *
   * @param request The request.
   * @returns Whether there was one.
   */
  delete(request: Frame): boolean | Promise<boolean>;
  /** Deletes all responses. */
  clear(): void | Promise<void>;
  /** The number of responses in it. */
  readonly size: number;
}

/** The part of a {@linkcode Store} that a cache uses. */
export type Tier = Pick<Store, "get" | "set">;
