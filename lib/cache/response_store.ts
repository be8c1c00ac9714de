import { LruCache } from "@std/cache/lru-cache";
import type { Frame } from "../protocol/mod.ts";
import { keyOf } from "./key.ts";

/** How many responses a store holds unless told otherwise. */
export const DEFAULT_ENTRIES = 10_000;

/**
 * Responses by the request that they answer, bounded in number: the one that
 * has not been used for longest makes room for a new one. Whether a response
 * is still fresh is not its business.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest, encodeSuccess, ResponseStore } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const store = new ResponseStore();
 * const response = encodeSuccess({ result: "3", steps: [] });
 * store.set(encodeRequest("1 + 2"), response);
 * assertEquals(store.get(encodeRequest("1 + 2", { maxAge: 60 })), response);
 * assertEquals(store.get(encodeRequest("1 + 2", { steps: false })), undefined);
 * ```
 */
export class ResponseStore {
  readonly #responses: LruCache<string, Frame>;

  /**
   * Makes an empty store.
   *
   * @param maxEntries How many responses it holds at most: at least 1.
   * @throws {RangeError} If that is not a whole number from 1 on.
   */
  constructor(maxEntries: number = DEFAULT_ENTRIES) {
    if (!Number.isInteger(maxEntries) || maxEntries < 1) {
      throw new RangeError(
        `A store must hold a whole number of responses, at least 1: received ${maxEntries}`,
      );
    }
    this.#responses = new LruCache(maxEntries);
  }

  /**
   * Looks a request up, which makes its response the one used last.
   *
   * @param request What was asked.
   * @returns The response last stored for it, if there is one.
   */
  get(request: Frame): Frame | undefined {
    return this.#responses.get(keyOf(request));
  }

  /**
   * Stores a response in place of any earlier one.
   *
   * @param request What was asked.
   * @param response What was answered.
   */
  set(request: Frame, response: Frame): void {
    this.#responses.set(keyOf(request), response);
  }
}
