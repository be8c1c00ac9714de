import { LruCache } from "@std/cache/lru-cache";
import type { Frame } from "../protocol/mod.ts";
import { cacheKey, hasCacheKey, hashOf } from "./cache_key.ts";
import { secondsSince1970 } from "./clock.ts";

/** The default for how many responses a store holds. */
export const DEFAULT_ENTRIES = 10_000;

/** The default for how many bytes a store takes up: 64 MiB. */
export const DEFAULT_BYTES = 67_108_864;

/** What an entry takes up beside its payloads, in bytes: measured in a proxy. */
const OVERHEAD = 1_100;

/**
 * A response in a {@linkcode ResponseStore}. It is the store's own object: once
 * the response is replaced, it has the new one.
 */
export interface StoredResponse {
  /** The very frame that was stored. */
  readonly response: Frame;
  /** When it was received, in whole seconds, by the clock of the cache. */
  readonly received: number;
}

interface Entry {
  readonly key: string;
  response: Frame;
  received: number;
  /** Whether it has been used since the hand last passed it. */
  visited: boolean;
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
 * Responses by the request that they answer, bounded in number and in bytes.
 * Those that nobody has asked for again make room first: the eviction is SIEVE
 * (Zhang et al., NSDI '24). Whether a response is fresh is not its business.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest, ResponseStore } from "@calculator/tcp";
 * import { encodeSuccess } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const store = new ResponseStore({ maxEntries: 1000 });
 * const response = encodeSuccess({ result: "3", steps: [] });
 * store.set(encodeRequest("1 + 2"), response);
 * assertEquals(store.get(encodeRequest("1 + 2", { maxAge: 60 }))?.response, response);
 * assertEquals(store.get(encodeRequest("1 + 2", { steps: false })), undefined);
 * ```
 */
export class ResponseStore {
  /**
   * The queue, oldest first, by the hash of the cache key: requests that share a
   * hash replace each other. Only `peek` leaves an entry where it is, and a key
   * is never set twice: either would cost V8 O(entries) for a hot key.
   */
  readonly #entries: LruCache<number, Entry>;
  /**
   * Where the last eviction stopped. An iterator keeps the tables alive that the
   * map has outgrown since its last step, but between two evictions the map only
   * grows: together these tables are no larger than its present one.
   */
  #hand: Iterator<number> | undefined;
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
  }

  /** How many bytes it takes up, requests included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many responses have been stored so far. */
  get stored(): number {
    return this.#stored;
  }

  /** How many responses have been evicted so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Looks a request up, which protects its response from the next eviction.
   *
   * @param request The request.
   * @returns The response last stored for it, if there is one.
   */
  get(request: Frame): StoredResponse | undefined {
    const entry = this.#entries.peek(hashOf(request));
    if (!entry || !hasCacheKey(request, entry.key)) return undefined;
    entry.visited = true;
    return entry;
  }

  /**
   * Stores a response in place of any earlier one. One that is larger than the
   * whole store is not kept, and one that is stored already stays as it is.
   *
   * @param request The request, whose cache key is copied.
   * @param response The response, which is kept as it is.
   * @param received When it was received, in whole seconds, by the clock of the
   * cache.
   */
  set(
    request: Frame,
    response: Frame,
    received: number = Math.floor(secondsSince1970()),
  ): void {
    const hash = hashOf(request);
    const earlier = this.#entries.peek(hash);
    if (earlier && hasCacheKey(request, earlier.key)) {
      this.#replace(earlier, response, received);
    } else {
      const key = cacheKey(request);
      this.#add(hash, { key, response, received, visited: false });
    }
  }

  #replace(entry: Entry, response: Frame, received: number): void {
    if (response === entry.response) return;
    const size = sizeOf({ key: entry.key, response });
    if (size > this.#maxBytes) return;
    this.#bytes += size - sizeOf(entry);
    this.#stored++;
    entry.response = response;
    entry.received = received;
    while (this.#bytes > this.#maxBytes) this.#evict(entry);
    entry.visited = true;
  }

  #add(hash: number, entry: Entry): void {
    const size = sizeOf(entry);
    if (size > this.#maxBytes) return;
    this.#delete(hash);
    while (
      this.#entries.size >= this.#maxEntries ||
      this.#bytes + size > this.#maxBytes
    ) this.#evict();
    this.#bytes += size;
    this.#stored++;
    this.#entries.set(hash, entry);
  }

  /** Drops the next entry that has not been visited, and is not to be spared. */
  #evict(spared?: Entry): void {
    for (;;) {
      this.#hand ??= this.#entries.keys();
      const { value: hash, done } = this.#hand.next();
      const entry = done ? undefined : this.#entries.peek(hash);
      if (!entry) {
        this.#hand = undefined;
      } else if (entry.visited || entry === spared) {
        entry.visited = false;
      } else {
        this.#delete(hash);
        this.#evicted++;
        return;
      }
    }
  }

  #delete(hash: number): void {
    const entry = this.#entries.peek(hash);
    if (!entry) return;
    this.#bytes -= sizeOf(entry);
    this.#entries.delete(hash);
  }
}

function sizeOf({ key, response }: Pick<Entry, "key" | "response">): number {
  return key.length + response.bytes.length + OVERHEAD;
}

function checkLimit(what: string, limit: number): void {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(
      `A store must hold a whole number of ${what}, at least 1: received ${limit}`,
    );
  }
}
