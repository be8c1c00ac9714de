/**
 * A tier of the cache in Redis or Valkey, shared by several proxies.
 *
 * @module
 */

export type { RedisFact } from "./redis_fact.ts";
export {
  DEFAULT_TIMEOUT,
  RedisStore,
  type RedisStoreOptions,
} from "./redis_store.ts";
