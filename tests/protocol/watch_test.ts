import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type Watch, watchAll } from "../../lib/protocol/mod.ts";
import { complaints } from "../../tools/harness/complaints.ts";

Deno.test("watchAll: several watchers are called in their order", () => {
  const seen: string[] = [];
  const watch = watchAll<number>(
    (fact) => seen.push(`first ${fact}`),
    undefined,
    (fact) => seen.push(`second ${fact}`),
  );
  watch?.(1);
  watch?.(2);
  assertEquals(seen, ["first 1", "second 1", "first 2", "second 2"]);
});

Deno.test("watchAll: without watchers there is none", () => {
  assertStrictEquals(watchAll(), undefined);
  assertStrictEquals(watchAll(undefined, undefined), undefined);
});

const bad: [what: string, watch: Watch<number>][] = [
  ["throws", () => {
    throw new RangeError("no");
  }],
  // @ts-expect-error: TypeScript refuses it.
  ["rejects", () => Promise.reject(new RangeError("no"))],
  ["returns a thenable that rejects", () => ({
    // @ts-expect-error: TypeScript refuses it.
    then: (_: unknown, reject: (error: unknown) => void) =>
      reject(new RangeError("no")),
  })],
];

for (const [what, watch] of bad) {
  Deno.test(`watchAll: a watcher that ${what} does not affect others, and is reported`, async () => {
    using complained = complaints();
    const seen: number[] = [];
    const all = watchAll(watch, (fact) => seen.push(fact), watch);
    all?.(7);
    assertEquals(seen, [7]);
    // A rejection is reported later.
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(
      complained.lines,
      Array(2).fill("A watcher failed: RangeError: no"),
    );
  });

  Deno.test(`watchAll: a single watcher that ${what} does not throw, and is reported once`, async () => {
    using complained = complaints();
    const alone = watchAll(watch);
    assert(alone);
    // As where an option is passed on from one function to the next.
    watchAll(watchAll(alone))?.(7);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(complained.lines, ["A watcher failed: RangeError: no"]);
  });
}

Deno.test("Watch: may return anything but a promise", () => {
  const seen = new Map<number, string>();
  const watches: Watch<number>[] = [
    (fact) => seen.set(fact, "one"),
    (fact) => seen.has(fact),
    (fact) => fact > 0 && console.assert(true),
    (fact) => ({ fact }),
    // @ts-expect-error: it is asynchronous.
    async (fact) => void seen.set(await fact, "two"),
    // @ts-expect-error: it sometimes is.
    (fact) => fact > 0 ? Promise.resolve() : undefined,
  ];
  assertEquals(watches.length, 6);
});
