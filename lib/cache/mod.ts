/**
 * A cache between two handlers that respects the max-age of both sides.
 *
 * @module
 */

export { cached, type CachedOptions, type CacheFact } from "./cached.ts";
export { coalesced, type CoalescedOptions } from "./coalesced.ts";
export * from "./freshness.ts";
export {
  DEFAULT_BYTES,
  DEFAULT_ENTRIES,
  ResponseStore,
  type ResponseStoreOptions,
  type StoredResponse,
  type StoreEntry,
} from "./response_store.ts";
