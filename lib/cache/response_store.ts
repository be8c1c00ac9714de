import { LruCache } from "@std/cache/lru-cache";
import type { Frame } from "../protocol/mod.ts";
import { cacheKey, hasCacheKey, hashOf } from "./cache_key.ts";
import { secondsSince1970 } from "./clock.ts";
import type { Store, StoredResponse } from "./store.ts";

/** The default maximum number of responses in a store. */
export const DEFAULT_ENTRIES = 10_000;

/** The default maximum size of a store in bytes: 64 MiB. */
export const DEFAULT_BYTES = 67_108_864;

/** The overhead of an entry besides its payloads, in bytes, as measured in a proxy. */
const OVERHEAD = 1_100;

/** A stored response as {@linkcode ResponseStore.entries} lists it. */
export interface StoreEntry extends Readonly<StoredResponse> {
  /** Identifies the entry until another request takes its place. */
  readonly id: number;
  /** The cache key: a character for the steps bit, then one per byte of the payload. */
  readonly key: string;
  /** When it was received, in whole seconds, by the cache's clock. */
  readonly received: number;
  /** How many requests it has answered. */
  readonly hits: number;
  /** When it last answered a request, or was received, by the cache's clock. */
  readonly used: number;
}

interface Entry extends StoredResponse {
  readonly key: string;
  response: Frame;
  received: number;
  hits: number;
  used: number;
  /** Whether it has been used since the eviction hand last passed it. */
  visited: boolean;
}

/** Options for {@linkcode ResponseStore}. */
export interface ResponseStoreOptions {
  /**
   * The maximum number of responses.
   *
   * @default {10_000}
   */
  maxEntries?: number | undefined;
  /**
   * The maximum size in bytes, requests included.
   *
   * @default {67_108_864}
   */
  maxBytes?: number | undefined;
}

/**
 * Stores responses by request, bounded in number and in bytes. It evicts with
 * SIEVE (Zhang et al., NSDI '24): responses that were not requested again go
 * first. It does not check freshness.
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
export class ResponseStore implements Store {
  /**
   * The queue, oldest first, keyed by the hash of the cache key; requests whose
   * hashes collide replace each other. Use only `peek`, which does not move an
   * entry, and never set a key twice: either costs V8 O(entries) for a hot key.
   */
  readonly #entries: LruCache<number, Entry>;
  /**
   * Where the last eviction stopped. An iterator keeps alive the tables that the
   * map has outgrown since its last step. Between two evictions the map only
   * grows, so together these tables are no larger than the current one.
   */
  #hand: Iterator<number> | undefined;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #stored = 0;
  #evicted = 0;

  /**
   * Creates an empty store.
   *
   * @param options The limits.
   * @throws {RangeError} If a limit is not a whole number, at least 1.
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

  /** The number of responses in it. */
  get size(): number {
    return this.#entries.size;
  }

  /** Its size in bytes, requests included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of responses stored so far. */
  get stored(): number {
    return this.#stored;
  }

  /** The number of responses evicted so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Looks up the response to a request and spares it from the next eviction.
   *
   * @param request The request.
   * @returns The stored response, or `undefined` if there is none.
   */
  get(request: Frame): StoredResponse | undefined {
    const entry = this.#entries.peek(hashOf(request));
    if (!entry || !hasCacheKey(request, entry.key)) return undefined;
    entry.visited = true;
    return entry;
  }

  /**
   * Stores a response and replaces any earlier one. A response larger than the
   * whole store is not stored; storing the same frame again changes nothing.
   *
   * @param request The request. Its cache key is copied.
   * @param response The response. It is not copied.
   * @param received When it was received, in whole seconds, by the cache's clock.
   * @returns `false` if this very frame is stored already.
   */
  set(
    request: Frame,
    response: Frame,
    received: number = Math.floor(secondsSince1970()),
  ): boolean {
    const hash = hashOf(request);
    const earlier = this.#entries.peek(hash);
    if (earlier && hasCacheKey(request, earlier.key)) {
      if (response === earlier.response) return false;
      this.#replace(earlier, response, received);
    } else {
      const key = cacheKey(request);
      const used = received;
      this.#add(hash, {
        key,
        response,
        received,
        hits: 0,
        used,
        visited: false,
      });
    }
    return true;
  }

  /**
   * Lists the entries, oldest first. The store may change meanwhile: entries that
   * are added are listed, those that are deleted are not.
   */
  *entries(): Generator<StoreEntry, void> {
    for (const [id, entry] of this.#entries) {
      const { key, response, received, hits, used } = entry;
      yield { id, key, response, received, hits, used };
    }
  }

  /**
   * Deletes the response to a request.
   *
   * @param request The request.
   * @returns Whether there was one.
   */
  delete(request: Frame): boolean {
    const hash = hashOf(request);
    const entry = this.#entries.peek(hash);
    if (!entry || !hasCacheKey(request, entry.key)) return false;
    this.#delete(hash);
    return true;
  }

  /**
   * Deletes an entry.
   *
   * @param id Its `id`, from {@linkcode ResponseStore.entries}.
   * @returns Whether there was one.
   */
  deleteEntry(id: number): boolean {
    const size = this.size;
    this.#delete(id);
    return this.size < size;
  }

  /** Deletes all entries. */
  clear(): void {
    this.#entries.clear();
    this.#hand = undefined;
    this.#bytes = 0;
  }

  #replace(entry: Entry, response: Frame, received: number): void {
    const size = sizeOf({ key: entry.key, response });
    if (size > this.#maxBytes) return;
    this.#bytes += size - sizeOf(entry);
    this.#stored++;
    entry.response = response;
    entry.received = received;
    entry.used = received;
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

  /** Evicts the next entry that has not been visited, except `spared`. */
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
