import { LruCache } from "@std/cache/lru-cache";
import { Frame } from "../protocol/mod.ts";
import { isSame, keyOf } from "./key.ts";

/** How many responses a store holds unless told otherwise. */
export const DEFAULT_ENTRIES = 10_000;

/** How many bytes a store takes up unless told otherwise: 64 MiB. */
export const DEFAULT_BYTES = 67_108_864;

/** What an entry takes up beside the bytes of its request and its response, about. */
const OVERHEAD = 800;

interface Entry {
  readonly request: Frame;
  readonly response: Frame;
}

/** Options for {@linkcode ResponseStore}. */
export interface ResponseStoreOptions {
  /**
   * How many responses it holds at most.
   *
   * @default {10_000}
   */
  maxEntries?: number;
  /**
   * How many bytes it takes up at most, requests included.
   *
   * @default {67_108_864}
   */
  maxBytes?: number;
}

/**
 * Responses by the request that they answer, bounded in number and in bytes:
 * those that have not been used for longest make room for a new one. Whether a
 * response is still fresh is not its business.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest, encodeSuccess, ResponseStore } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const store = new ResponseStore({ maxEntries: 1000 });
 * const response = encodeSuccess({ result: "3", steps: [] });
 * store.set(encodeRequest("1 + 2"), response);
 * assertEquals(store.get(encodeRequest("1 + 2", { maxAge: 60 })), response);
 * assertEquals(store.get(encodeRequest("1 + 2", { steps: false })), undefined);
 * ```
 */
export class ResponseStore {
  readonly #entries: LruCache<number, Entry>;
  /**
   * Goes on from the key that was the oldest: to begin anew is to skip all that
   * are gone. But it holds on to all the room that the entries have had since
   * its last step, so it is renewed after as many uses as there are entries.
   */
  #oldest: Iterator<number>;
  #uses = 0;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #stored = 0;
  #evicted = 0;

  /**
   * Makes an empty store.
   *
   * @param options How much it holds.
   * @throws {RangeError} If a limit is not a whole number from 1 on.
   */
  constructor(
    { maxEntries = DEFAULT_ENTRIES, maxBytes = DEFAULT_BYTES }:
      ResponseStoreOptions = {},
  ) {
    checkLimit("responses", maxEntries);
    checkLimit("bytes", maxBytes);
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#entries = new LruCache(maxEntries);
    this.#oldest = this.#entries.keys();
  }

  /** How many bytes it takes up, requests included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many responses have been stored so far. */
  get stored(): number {
    return this.#stored;
  }

  /** How many responses have had to make room so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Looks a request up, which makes its response the one used last.
   *
   * @param request What was asked.
   * @returns The response last stored for it, if there is one.
   */
  get(request: Frame): Frame | undefined {
    this.#countUse();
    const entry = this.#entries.get(keyOf(request));
    return entry && isSame(entry.request, request) ? entry.response : undefined;
  }

  /**
   * Stores a response in place of any earlier one. One that is larger than the
   * whole store is not kept.
   *
   * @param request What was asked, which is copied.
   * @param response What was answered.
   */
  set(request: Frame, response: Frame): void {
    this.#countUse();
    const key = keyOf(request);
    this.#delete(key);
    const entry = { request: new Frame(request.bytes.slice()), response };
    const size = sizeOf(entry);
    if (size > this.#maxBytes) return;
    while (
      this.#entries.size >= this.#maxEntries ||
      this.#bytes + size > this.#maxBytes
    ) this.#evict();
    this.#bytes += size;
    this.#stored++;
    this.#entries.set(key, entry);
  }

  /** Drops the response that has not been used for longest. */
  #evict(): void {
    this.#uses = 0;
    const { value, done } = this.#oldest.next();
    if (done) {
      this.#renewOldest();
    } else {
      this.#delete(value);
      this.#evicted++;
    }
  }

  #countUse(): void {
    if (this.#uses++ > this.#entries.size) this.#renewOldest();
  }

  #renewOldest(): void {
    this.#uses = 0;
    this.#oldest = this.#entries.keys();
  }

  #delete(key: number): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#bytes -= sizeOf(entry);
    this.#entries.delete(key);
  }
}

function sizeOf({ request, response }: Entry): number {
  return request.bytes.length + response.bytes.length + OVERHEAD;
}

function checkLimit(what: string, limit: number): void {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(
      `A store must hold a whole number of ${what}, at least 1: received ${limit}`,
    );
  }
}
