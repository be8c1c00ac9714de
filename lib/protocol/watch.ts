/**
 * Receives facts as they happen: a log, counters, a test. It is called
 * synchronously and must be quick. Frames in a fact are valid during the call;
 * copy them to keep them longer.
 */
export type Watch<Fact> = (fact: Fact) => void;

/**
 * Combines watchers into one that never throws: an error that one of them throws
 * or rejects with is written to standard error.
 *
 * @param watches The watchers, in the order in which to call them.
 * @returns The watcher, or `undefined` if there are none, so that callers need
 * not even create the fact.
 *
 * @example Usage
 * ```ts
 * import { watchAll } from "@calculator/tcp/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: number[] = [];
 * const watch = watchAll<number>(undefined, (fact) => seen.push(fact));
 * watch?.(7);
 * assertEquals(seen, [7]);
 * assertEquals(watchAll(undefined), undefined);
 * ```
 */
export function watchAll<Fact>(
  ...watches: readonly (Watch<Fact> | undefined)[]
): Watch<Fact> | undefined {
  const given = watches.filter((watch) => watch !== undefined).map(guard);
  const [first, ...others] = given;
  if (!first || others.length === 0) return first;
  return (fact) => {
    for (const watch of given) watch(fact);
  };
}

/** Watchers that are already guarded. */
const guarded = new WeakSet<Watch<never>>();

function guard<Fact>(watch: Watch<Fact>): Watch<Fact> {
  if (guarded.has(watch)) return watch;
  const guard: Watch<Fact> = (fact) => {
    try {
      // The type also admits asynchronous functions.
      const result: unknown = watch(fact);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  };
  guarded.add(guard);
  return guard;
}

function report(error: unknown): void {
  console.error(`A watcher failed: ${error}`);
}
