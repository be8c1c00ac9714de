/**
 * Receives facts as they happen: a log, counters, a test. It is called
 * synchronously and must be quick. Frames in a fact are valid during the call;
 * copy them to keep them longer.
 *
 * The type refuses asynchronous functions, as nothing waits for them. Any other
 * result is ignored.
 */
export type Watch<Fact> = (fact: Fact) => NotAPromise;

/** Anything that a function may return unless it is asynchronous. */
export type NotAPromise =
  | void
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | symbol
  | (object & { readonly then?: never });

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
      catchRejection(watch(fact), "A watcher");
    } catch (error) {
      report("A watcher", error);
    }
  };
  guarded.add(guard);
  return guard;
}

/**
 * Reports a rejection on standard error, if a callback is asynchronous although its
 * type forbids that: not every caller is type-checked.
 *
 * @param result What the callback returned.
 * @param who The callback.
 */
export function catchRejection(result: unknown, who: string): void {
  if (typeof result !== "object" || result === null) return;
  if ("then" in result) {
    Promise.resolve(result).catch((error) => report(who, error));
  }
}

function report(who: string, error: unknown): void {
  console.error(`${who} failed: ${String(error)}`);
}
