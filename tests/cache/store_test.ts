import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import {
  cached,
  type CacheFact,
  coalesced,
  type Store,
  type StoredResponse,
} from "../../lib/cache/mod.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { Frame, type Handler } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

/** A store as a user might write it, which answers now or later. */
class MapStore implements Store {
  readonly #responses = new Map<string, StoredResponse>();
  readonly #isLate: boolean;

  constructor(isLate: boolean) {
    this.#isLate = isLate;
  }

  get size(): number {
    return this.#responses.size;
  }

  get(request: Frame) {
    const stored = this.#responses.get(keyOf(request));
    return this.#isLate ? Promise.resolve(stored) : stored;
  }

  set(request: Frame, response: Frame, received: number): void {
    this.#responses.set(keyOf(request), { response, received });
  }

  delete(request: Frame): boolean {
    return this.#responses.delete(keyOf(request));
  }

  clear(): void {
    this.#responses.clear();
  }

  /** What each request was answered with. */
  *pairs(): Generator<[expression: string, result: string]> {
    for (const [key, { response }] of this.#responses) {
      yield [key, decodeResponse(response).result];
    }
  }
}

function keyOf(request: Frame): string {
  return decodeRequest(request);
}

/** Repeats the expression as its own result. */
function echo(request: Frame): Frame {
  return encodeSuccess({ result: decodeRequest(request), steps: [] });
}

Deno.test("store: a custom one works in cached and proxy, synchronous or not", async () => {
  for (const isLate of [false, true]) {
    const store = new MapStore(isLate);
    const facts: CacheFact["type"][] = [];
    const handler = cached(echo, store, {
      watch: ({ type }) => facts.push(type),
    });
    const first = await handler(encodeRequest("1 + 2"), CLIENT);
    const second = handler(encodeRequest("1 + 2"), CLIENT);
    assertEquals(second instanceof Promise, isLate);
    assertStrictEquals(await second, first);
    assertEquals([facts, store.size], [["stored", "hit"], 1]);

    const answer = proxy(unusedAddress(), { store });
    assertStrictEquals(await answer(encodeRequest("1 + 2"), CLIENT), first);
  }
});

Deno.test("store: one that throws or rejects costs a hit, but no answer", async () => {
  const broken = () => {
    throw new Error("the disk is full");
  };
  const late = () => Promise.reject(new Error("the disk is full"));
  for (const get of [broken, late]) {
    for (const set of [broken, late]) {
      const handler = cached(echo, { get, set });
      for (let times = 0; times < 2; times++) {
        const answer = await handler(encodeRequest("1 + 2"), CLIENT);
        assertEquals(decodeResponse(answer).result, "1 + 2");
      }
    }
  }
});

Deno.test("store: what a slow store finds is still subject to both max-ages", async () => {
  let now = Math.floor(Date.now() / 1000);
  const handler = cached(
    (request) => {
      const { result } = decodeResponse(echo(request));
      return encodeSuccess({ result, steps: [] }, { maxAge: 10 });
    },
    new MapStore(true),
    { now: () => now },
  );
  const ask = (maxAge: number) =>
    handler(encodeRequest("1 + 2", { maxAge }), CLIENT);
  const first = await ask(60);
  now += 8;
  assertStrictEquals(await ask(60), first);
  assert(await ask(8) !== first);
  now += 10;
  assert(await ask(60) !== first);
});

/** The same response, created some seconds earlier. */
function aged(response: Frame, seconds: number): Frame {
  const aged = response.copy();
  const { buffer, byteOffset } = aged.bytes;
  new DataView(buffer, byteOffset).setUint32(0, response.timeStamp - seconds);
  return aged;
}

/** A pause of some microtasks, or of a macrotask. */
async function pause(length: number): Promise<void> {
  if (length > 3) await new Promise((resolve) => setTimeout(resolve));
  else for (let turn = 0; turn < length; turn++) await undefined;
}

/** Ways of combining handlers, with the stores that they use. */
const COMBINATIONS: readonly ((
  upstream: Handler,
  atHand: MapStore,
  late: MapStore,
) => Handler)[] = [
  (upstream, atHand) => cached(upstream, atHand),
  (upstream, _, late) => cached(upstream, late),
  (upstream) => coalesced(upstream),
  (upstream, atHand, late) =>
    cached(coalesced(cached(upstream, late, { tier: "shared" })), atHand),
];

Deno.test("store: late answers never poison it, whatever the buffer holds by then", async () => {
  const questions = fc.array(
    fc.record({
      expression: fc.integer({ min: 0, max: 1 }),
      maxAge: fc.constantFrom(0, 10, 60, Infinity),
      /** How old the response is, and how long it takes. */
      age: fc.constantFrom(0, 30),
      upstream: fc.integer({ min: 0, max: 6 }),
      /** How long the client waits before it sends the next request. */
      patience: fc.integer({ min: 0, max: 6 }),
    }),
    { minLength: 20, maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...COMBINATIONS),
      questions,
      async (combine, questions) => {
        const stores = [new MapStore(false), new MapStore(true)] as const;
        let asked = 0;
        const handler = combine(async (request) => {
          const kept = request.copy();
          const { upstream, age } = questions[asked++ % questions.length]!;
          await pause(upstream);
          return aged(echo(kept), age);
        }, ...stores);
        // Like the buffer of a frame reader: the next request overwrites this one.
        const buffer = new Uint8Array(64);
        const pending: Promise<void>[] = [];
        for (const { expression: number, maxAge, patience } of questions) {
          const expression = `${number} + ${number}`;
          const { bytes } = encodeRequest(expression, { maxAge });
          buffer.set(bytes);
          const request = new Frame(buffer.subarray(0, bytes.length));
          const check = async () => {
            const answer = await handler(request, CLIENT);
            assertEquals(decodeResponse(answer).result, expression);
          };
          const checked = check();
          pending.push(checked);
          await Promise.race([checked, pause(patience)]);
        }
        await Promise.all(pending);
        for (const store of stores) {
          for (const [expression, result] of store.pairs()) {
            assertEquals(result, expression);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("store: of two tiers, the first stores what it gets from the second", async () => {
  const shared = new MapStore(true);
  const facts: string[] = [];
  const watch = ({ tier, type }: CacheFact) => facts.push(`${tier} ${type}`);
  const proxyOf = () =>
    cached(
      coalesced(cached(echo, shared, { tier: "shared", watch })),
      new MapStore(false),
      { watch },
    );
  const [one, other] = [proxyOf(), proxyOf()];
  const first = await one(encodeRequest("1 + 2"), CLIENT);
  const second = other(encodeRequest("1 + 2"), CLIENT);
  assertStrictEquals(await second, first);
  assert(!(other(encodeRequest("1 + 2"), CLIENT) instanceof Promise));
  assertEquals(facts, [
    ...["shared stored", "memory stored"],
    ...["shared hit", "memory stored", "memory hit"],
  ]);
});

Deno.test("store: if upstream fails, a stale response of either tier may be used", async () => {
  const shared = new MapStore(true);
  const response = encodeSuccess({ result: "1 + 2", steps: [] });
  const request = encodeRequest("1 + 2", { maxAge: 20 });
  shared.set(request, aged(response, 30), response.timeStamp);
  const facts: string[] = [];
  const options = {
    staleIfError: 60,
    watch: ({ tier, type }: CacheFact) => facts.push(`${tier} ${type}`),
  };
  const failing = () => {
    throw new Error("gone");
  };
  const second = cached(failing, shared, { ...options, tier: "shared" });
  const handler = cached(coalesced(second), new MapStore(false), options);
  const answer = await handler(request, CLIENT);
  assertEquals(answer.timeStamp, response.timeStamp - 30);
  assertEquals(facts, [
    ...["shared refreshing", "shared stale on error", "memory not stored"],
  ]);
});
