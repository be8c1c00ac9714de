/** Stands in for `@std/cache/lru-cache` where JSR is out of reach. @module */
import { LRUCache } from "npm:lru-cache@11.5.3";

export class LruCache<K extends string, V extends object>
  extends LRUCache<K, V> {
  constructor(maxSize: number) {
    super({ max: maxSize });
  }
}
