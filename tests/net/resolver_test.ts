import { assertEquals, assertStrictEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { type Endpoint, Resolver } from "../../lib/net/upstream/resolver.ts";

const name = { hostname: "calc.example", port: 9999 };
const literal = { hostname: "::1", port: 9999 };

/** Names and a clock that the test controls. */
function lookups() {
  const names = new Map<string, readonly string[]>();
  const state = { names, now: 0, lookups: 0 };
  const options = {
    timeout: 10_000,
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

function shown(endpoints: readonly Endpoint[]): string[] {
  return endpoints.map(({ address, hostname }) =>
    `${formatAddress(address)} of ${hostname}`
  );
}

/** Reads the endpoints after a pending look-up has finished. */
async function readAgain(resolver: Resolver): Promise<readonly Endpoint[]> {
  await new Promise((resolve) => setTimeout(resolve));
  return await resolver.read();
}

Deno.test("resolver: literal addresses are not resolved, and duplicates count once", async () => {
  const { state, options } = lookups();
  const other = { hostname: "127.0.0.1", port: 9999 };
  const resolver = new Resolver([literal, other, literal], options);
  assertEquals(shown(await resolver.read()), [
    "[::1]:9999 of ::1",
    "127.0.0.1:9999 of 127.0.0.1",
  ]);
  assertEquals(state.lookups, 0);
});

Deno.test("resolver: a name with several addresses counts as several, any other as one", async () => {
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
    const { state, options } = lookups();
    if (found) state.names.set(name.hostname, found);
    const resolver = new Resolver([name, literal], options);
    assertEquals(shown(await resolver.read()), [
      ...expected,
      "[::1]:9999 of ::1",
    ]);
  }
});

Deno.test("resolver: names are resolved again after ten seconds", async () => {
  const { state, options } = lookups();
  state.names.set(name.hostname, ["10.0.0.1", "10.0.0.2"]);
  const resolver = new Resolver([name], options);
  const before = await resolver.read();
  // The order does not matter.
  state.names.set(name.hostname, ["10.0.0.2", "10.0.0.1"]);
  state.now = 10_000;
  await resolver.read();
  assertStrictEquals(await readAgain(resolver), before);
  assertEquals(state.lookups, 2);

  state.names.set(name.hostname, ["10.0.0.2", "10.0.0.3"]);
  state.now = 19_999;
  await resolver.read();
  assertEquals(state.lookups, 2);
  state.now = 20_000;
  assertStrictEquals(await resolver.read(), before);
  assertEquals(shown(await readAgain(resolver)), [
    "10.0.0.2:9999 of calc.example",
    "10.0.0.3:9999 of calc.example",
  ]);
});

Deno.test("resolver: while a name does not resolve, its last addresses are used", async () => {
  const { state, options } = lookups();
  state.names.set(name.hostname, ["10.0.0.1", "10.0.0.2"]);
  const resolver = new Resolver([name], options);
  const before = await resolver.read();
  state.names.clear();
  state.now = 10_000;
  await resolver.read();
  assertStrictEquals(await readAgain(resolver), before);
  assertEquals(state.lookups, 2);
});

Deno.test("resolver: a resolver that hangs delays the first requests for a limited time", async () => {
  const hanging = Promise.withResolvers<readonly string[]>();
  const resolver = new Resolver([name], {
    timeout: 20,
    lookUp: () => hanging.promise,
  });
  const whole = ["calc.example:9999 of calc.example"];
  assertEquals(shown(await resolver.read()), whole);
  hanging.resolve(["10.0.0.1", "10.0.0.2"]);
  assertEquals((await readAgain(resolver)).length, 2);
});

Deno.test({
  name: "resolver: a name whose addresses may not be connected to is not split",
  permissions: { net: ["calc.example", "10.0.0.1:9999"] },
  async fn() {
    const { state, options } = lookups();
    state.names.set(name.hostname, ["10.0.0.1", "10.0.0.2"]);
    const resolver = new Resolver([name], options);
    assertEquals((await resolver.read()).length, 1);
    assertEquals(state.lookups, 1);
  },
});

Deno.test({
  name:
    "resolver: a name that may not be resolved is not, so that nobody is asked for permission",
  permissions: { net: ["calc.example:9999"] },
  async fn() {
    const { state, options } = lookups();
    const resolver = new Resolver([name], options);
    assertEquals((await resolver.read()).length, 1);
    assertEquals(state.lookups, 0);
  },
});
