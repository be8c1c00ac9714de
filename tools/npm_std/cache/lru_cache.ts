/** Stands in for `@std/cache/lru-cache` where JSR is out of reach. @module */
import { LRUCache } from "npm:lru-cache@11.5.3";

interface LruCacheOptions<K, V> {
  onEject?: (key: K, value: V, reason: "evicted" | "deleted") => void;
}

export class LruCache<K extends string, V extends object>
  extends LRUCache<K, V> {
  constructor(maxSize: number, { onEject }: LruCacheOptions<K, V> = {}) {
    super({
      max: maxSize,
      noDisposeOnSet: true,
      dispose: (value, key, reason) =>
        onEject?.(key, value, reason === "evict" ? "evicted" : "deleted"),
    });
  }

  /** As in a `Map` and unlike in its superclass, what was used last comes last. */
  override keys(): Generator<K> {
    return this.rkeys();
  }
}
