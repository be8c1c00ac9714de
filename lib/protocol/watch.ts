/**
 * Takes facts as they happen: a log, counters, a test. It is called at once and
 * must be quick. Frames in a fact are valid during the call; what is to be kept
 * longer must be copied.
 */
export type Watch<Fact> = (fact: Fact) => void;

/**
 * Makes one watcher of several that harms nobody: what one of them throws, or
 * rejects with, is written to standard error and goes no further.
 *
 * @param watches The watchers, in the order in which they are to be called.
 * @returns The watcher, or `undefined` if there are none: nobody is told then,
 * and a fact is not even made.
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

/** The watchers that are guarded already. */
const guarded = new WeakSet<Watch<never>>();

function guard<Fact>(watch: Watch<Fact>): Watch<Fact> {
  if (guarded.has(watch)) return watch;
  const guard: Watch<Fact> = (fact) => {
    try {
      // An asynchronous function is a watcher, too, as far as types can tell.
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
