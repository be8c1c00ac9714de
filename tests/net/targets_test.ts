import { assertEquals, assertStrictEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { type Target, Targets } from "../../lib/net/targets.ts";

const name = { hostname: "calc.example", port: 9999 };
const literal = { hostname: "::1", port: 9999 };

/** Names and a clock that the test controls. */
function resolver() {
  const names = new Map<string, readonly string[]>();
  const state = { names, now: 0, lookups: 0 };
  const options = {
    patience: 10_000,
    now: () => state.now,
    lookUp(hostname: string) {
      state.lookups++;
      const found = names.get(hostname);
      return found
        ? Promise.resolve(found)
        : Promise.reject(new Error("ENOTFOUND"));
    },
  };
  return { state, options };
}

function shown(targets: readonly Target[]): string[] {
  return targets.map(({ address, hostname }) =>
    `${formatAddress(address)} of ${hostname}`
  );
}

/** Reads the targets after a pending look-up has finished. */
async function readAgain(targets: Targets): Promise<readonly Target[]> {
  await new Promise((resolve) => setTimeout(resolve));
  return await targets.read();
}

Deno.test("targets: literal addresses are not resolved, and duplicates count once", async () => {
  const { state, options } = resolver();
  const other = { hostname: "127.0.0.1", port: 9999 };
  const targets = new Targets([literal, other, literal], options);
  assertEquals(shown(await targets.read()), [
    "[::1]:9999 of ::1",
    "127.0.0.1:9999 of 127.0.0.1",
  ]);
  assertEquals(state.lookups, 0);
});

Deno.test("targets: a name with several addresses counts as several, any other as one", async () => {
  for (
    const [found, expected] of [
      [["10.0.0.2", "::1", "10.0.0.1", "10.0.0.2"], [
        "10.0.0.1:9999 of calc.example",
        "10.0.0.2:9999 of calc.example",
        "[::1]:9999 of calc.example",
      ]],
      [["10.0.0.1"], ["calc.example:9999 of calc.example"]],
      [undefined, ["calc.example:9999 of calc.example"]],
    ] as const
  ) {
    const { state, options } = resolver();
    if (found) state.names.set(name.hostname, found);
    const targets = new Targets([name, literal], options);
    assertEquals(shown(await targets.read()), [
      ...expected,
      "[::1]:9999 of ::1",
    ]);
  }
});

Deno.test("targets: names are resolved again after ten seconds", async () => {
  const { state, options } = resolver();
  state.names.set(name.hostname, ["10.0.0.1", "10.0.0.2"]);
  const targets = new Targets([name], options);
  const before = await targets.read();
  // The order does not matter.
  state.names.set(name.hostname, ["10.0.0.2", "10.0.0.1"]);
  state.now = 10_000;
  await targets.read();
  assertStrictEquals(await readAgain(targets), before);
  assertEquals(state.lookups, 2);

  state.names.set(name.hostname, ["10.0.0.2", "10.0.0.3"]);
  state.now = 19_999;
  await targets.read();
  assertEquals(state.lookups, 2);
  state.now = 20_000;
  assertStrictEquals(await targets.read(), before);
  assertEquals(shown(await readAgain(targets)), [
    "10.0.0.2:9999 of calc.example",
    "10.0.0.3:9999 of calc.example",
  ]);
});

Deno.test("targets: while a name does not resolve, its last addresses are used", async () => {
  const { state, options } = resolver();
  state.names.set(name.hostname, ["10.0.0.1", "10.0.0.2"]);
  const targets = new Targets([name], options);
  const before = await targets.read();
  state.names.clear();
  state.now = 10_000;
  await targets.read();
  assertStrictEquals(await readAgain(targets), before);
  assertEquals(state.lookups, 2);
});

Deno.test("targets: a resolver that hangs delays the first requests for a limited time", async () => {
  const hanging = Promise.withResolvers<readonly string[]>();
  const targets = new Targets([name], {
    patience: 20,
    lookUp: () => hanging.promise,
  });
  const whole = ["calc.example:9999 of calc.example"];
  assertEquals(shown(await targets.read()), whole);
  hanging.resolve(["10.0.0.1", "10.0.0.2"]);
  assertEquals((await readAgain(targets)).length, 2);
});

Deno.test({
  name: "targets: a name whose addresses may not be connected to is not split",
  permissions: { net: ["calc.example", "10.0.0.1:9999"] },
  async fn() {
    const { state, options } = resolver();
    state.names.set(name.hostname, ["10.0.0.1", "10.0.0.2"]);
    const targets = new Targets([name], options);
    assertEquals((await targets.read()).length, 1);
    assertEquals(state.lookups, 1);
  },
});

Deno.test({
  name:
    "targets: a name that may not be resolved is not, so that nobody is asked for permission",
  permissions: { net: ["calc.example:9999"] },
  async fn() {
    const { state, options } = resolver();
    const targets = new Targets([name], options);
    assertEquals((await targets.read()).length, 1);
    assertEquals(state.lookups, 0);
  },
});
