import { age, type ResponseStore, type StoreEntry } from "../cache/mod.ts";
import { Frame, HEADER_LENGTH } from "../protocol/mod.ts";
import { expressionOf } from "../watch/contents.ts";

/** The number of entries on a page. */
export const PAGE = 50;

/** How many entries to process before yielding to other work for as long. */
const AT_ONCE = 500;

/** How long the answer to a query is good for all who ask it, in milliseconds. */
const SHARED_FOR = 500;

/** What to list. */
export interface CacheQuery {
  /** Most recently used, most hits or least time remaining first. */
  readonly sort: "used" | "hits" | "remaining";
  /** A part of the expression. */
  readonly search: string;
  /** The page, from 0. */
  readonly page: number;
}

/**
 * Reads a query from the parameters of a URL.
 *
 * @throws {TypeError} If a parameter is wrong. The message says why.
 */
export function readCacheQuery(params: URLSearchParams): CacheQuery {
  const sort = params.get("sort") ?? "used";
  if (sort !== "used" && sort !== "hits" && sort !== "remaining") {
    throw new TypeError('"sort" must be used, hits or remaining');
  }
  const page = params.get("page") ?? "0";
  if (!/^\d{1,6}$/.test(page)) {
    throw new TypeError('"page" must be a whole number');
  }
  const search = params.get("search") ?? "";
  if (search.length > 200) {
    throw new TypeError('"search" must have at most 200 characters');
  }
  return { sort, search, page: Number(page) };
}

/** An entry as the page shows it. Times are in seconds; JSON has no infinity. */
export interface CacheRow {
  readonly id: number;
  /** The expression, or `null` if the request does not decode. */
  readonly expression: string | null;
  readonly steps: boolean;
  readonly status: number;
  readonly age: number;
  /** The server's time remaining; `null` means no limit. */
  readonly remaining: number | null;
  readonly hits: number;
  readonly bytes: number;
  readonly tier: "memory";
}

/** A page of entries. */
export interface CacheList {
  readonly rows: readonly CacheRow[];
  /** The number of entries that match. */
  readonly matching: number;
  /** The number of all entries. */
  readonly entries: number;
  readonly bytes: number;
}

interface Ranked {
  readonly rank: number;
  /** Its place in the order in which entries were stored. */
  readonly order: number;
  readonly entry: StoreEntry;
}

/** Lists the entries of a store without holding up the role. */
export class CacheView {
  readonly #store: ResponseStore;
  readonly #lists = new Map<string, Promise<CacheList>>();
  /** One list is made at a time. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param store The store. */
  constructor(store: ResponseStore) {
    this.#store = store;
  }

  /** Lists a page of entries. Simultaneous equal queries are answered together. */
  list(query: CacheQuery): Promise<CacheList> {
    const key = JSON.stringify(query);
    const listed = this.#lists.get(key);
    if (listed) return listed;
    const list = this.#last.then(() => this.#list(query));
    this.#last = list.catch(() => {});
    this.#lists.set(key, list);
    const forget = () => {
      Deno.unrefTimer(setTimeout(() => this.#lists.delete(key), SHARED_FOR));
    };
    list.then(forget, forget);
    return list;
  }

  /** Deletes an entry, and returns whether there was one. */
  delete(id: number): boolean {
    this.#lists.clear();
    return this.#store.deleteEntry(id);
  }

  /** Deletes all entries. */
  clear(): void {
    this.#lists.clear();
    this.#store.clear();
  }

  async #list({ sort, search, page }: CacheQuery): Promise<CacheList> {
    const now = Date.now() / 1000;
    const rank = (entry: StoreEntry) =>
      sort === "remaining" ? -remainingOf(entry, now) : entry[sort];
    // Keys have a character for each byte. Only those with the part are decoded.
    const part = String.fromCharCode(...new TextEncoder().encode(search));
    const matches = (key: string) =>
      part === "" || key.includes(part, 1) &&
        expressionOf(requestOf(key))?.includes(search) === true;
    const end = PAGE * (page + 1);
    let best: Ranked[] = [];
    let matching = 0;
    let looked = 0;
    let began = performance.now();
    for (const entry of this.#store.entries()) {
      if (++looked % AT_ONCE === 0) {
        const rest = performance.now() - began;
        await new Promise((resolve) => setTimeout(resolve, rest));
        began = performance.now();
      }
      if (!matches(entry.key)) continue;
      matching++;
      best.push({ rank: rank(entry), order: looked, entry });
      if (best.length >= 2 * end + AT_ONCE) best = first(best, end);
    }
    return {
      rows: first(best, end).slice(end - PAGE).map(({ entry }) =>
        rowOf(entry, now)
      ),
      matching,
      entries: this.#store.size,
      bytes: this.#store.bytes,
    };
  }
}

/** The first entries by rank; of equal ones, the last that were stored. */
function first(ranked: Ranked[], count: number): Ranked[] {
  return ranked.sort((one, other) =>
    other.rank - one.rank || other.order - one.order
  ).slice(0, count);
}

function ageOf({ response, received }: StoreEntry, now: number): number {
  return age(response, Math.floor(now), Math.floor(now - received));
}

function remainingOf(entry: StoreEntry, now: number): number {
  return entry.response.maxAge - ageOf(entry, now);
}

function rowOf(entry: StoreEntry, now: number): CacheRow {
  const { id, key, response, hits } = entry;
  const remaining = remainingOf(entry, now);
  return {
    id,
    expression: expressionOf(requestOf(key)) ?? null,
    steps: key.charCodeAt(0) === 1,
    status: response.status,
    age: ageOf(entry, now),
    remaining: remaining === Infinity ? null : remaining,
    hits,
    bytes: key.length - 1 + HEADER_LENGTH + response.bytes.length,
    tier: "memory",
  };
}

/** A request with the given cache key. */
function requestOf(key: string): Frame {
  const payload = Uint8Array.from(key.slice(1), (char) => char.charCodeAt(0));
  return Frame.from({
    timeStamp: 0,
    type: "request",
    cache: true,
    steps: key.charCodeAt(0) === 1,
    status: 0,
    maxAge: Infinity,
  }, payload);
}
