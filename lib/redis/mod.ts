/**
 * A tier of the cache in Redis or Valkey, shared by several proxies.
 *
 * @module
 */

export {
  DEFAULT_TIMEOUT,
  type RedisFact,
  RedisStore,
  type RedisStoreOptions,
} from "./redis_store.ts";
