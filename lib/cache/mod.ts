/**
 * A cache between two handlers that respects the max-age of both sides.
 *
 * @module
 */

export {
  cached,
  type CachedOptions,
  type CacheFact,
  type TierName,
} from "./cached.ts";
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
