/**
 * A cache between two handlers that respects the max-age of both sides.
 *
 * @module
 */

export type { CacheFact, TierName } from "./cache_fact.ts";
export { cached, type CachedOptions } from "./cached.ts";
export { coalesced, type CoalescedOptions } from "./coalesced.ts";
export * from "./freshness.ts";
export {
  DEFAULT_BYTES,
  DEFAULT_ENTRIES,
  ResponseStore,
  type ResponseStoreOptions,
  type StoreEntry,
} from "./response_store.ts";
export type { Store, StoredResponse, Tier } from "./store.ts";
