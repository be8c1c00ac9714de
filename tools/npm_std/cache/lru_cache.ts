/** Stands in for `@std/cache/lru-cache` where JSR is out of reach. @module */

export class LruCache<K, V> extends Map<K, V> {
  readonly #maxSize: number;

  constructor(maxSize: number) {
    super();
    this.#maxSize = maxSize;
  }

  override get(key: K): V | undefined {
    const value = super.get(key);
    // Reinserting a key moves it to the end.
    if (super.delete(key) && value !== undefined) super.set(key, value);
    return value;
  }

  peek(key: K): V | undefined {
    return super.get(key);
  }

  override set(key: K, value: V): this {
    super.delete(key);
    super.set(key, value);
    if (this.size > this.#maxSize) super.delete(this.keys().next().value!);
    return this;
  }
}
