import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  DEFAULT_BYTES,
  DEFAULT_ENTRIES,
  ResponseStore,
} from "../../lib/cache/mod.ts";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";
import { Frame, type Header } from "../../lib/protocol/mod.ts";

function requestOf(
  payload: Uint8Array | number[],
  header: Partial<Header> = {},
): Frame {
  return Frame.from({
    timeStamp: 1_670_340_737,
    type: "request",
    cache: true,
    steps: true,
    status: 0,
    maxAge: Infinity,
    ...header,
  }, Uint8Array.from(payload));
}

function responseOf(result: string): Frame {
  return encodeSuccess({ result, steps: [] });
}

/** A store with a response for each of these expressions, in this order. */
function storeOf(maxEntries: number, ...expressions: string[]): ResponseStore {
  const store = new ResponseStore({ maxEntries });
  for (const expression of expressions) {
    store.set(encodeRequest(expression), responseOf(expression));
  }
  return store;
}

/** Those of the expressions for which the store has the response. */
function held(store: ResponseStore, ...expressions: string[]): string[] {
  return expressions.filter((expression) => {
    const response = store.get(encodeRequest(expression))?.response;
    if (response) {
      assertEquals(response.payload, responseOf(expression).payload);
    }
    return response !== undefined;
  });
}

Deno.test("store: a request that was never stored has no response", () => {
  assertEquals(new ResponseStore().get(encodeRequest("1")), undefined);
  assertEquals(storeOf(3, "1").get(encodeRequest("2")), undefined);
});

Deno.test("store: returns the stored response itself", () => {
  const store = new ResponseStore();
  const response = responseOf("3");
  store.set(encodeRequest("1 + 2"), response);
  assertStrictEquals(store.get(encodeRequest("1 + 2"))?.response, response);
});

Deno.test("store: a new response replaces the old one", () => {
  const store = storeOf(3, "1");
  const response = responseOf("one");
  store.set(encodeRequest("1"), response);
  assertStrictEquals(store.get(encodeRequest("1"))?.response, response);
});

Deno.test("store: holds at most the maximum number of responses", () => {
  const store = storeOf(3, "1", "2", "3", "4", "5");
  assertEquals(held(store, "1", "2", "3", "4", "5"), ["3", "4", "5"]);
});

Deno.test("store: holds 10,000 responses by default", () => {
  assertEquals(DEFAULT_ENTRIES, 10_000);
  const store = new ResponseStore();
  const response = responseOf("0");
  for (let i = 0; i <= 10_000; i++) store.set(encodeRequest(`${i}`), response);
  assertEquals(store.get(encodeRequest("0")), undefined);
  assertStrictEquals(store.get(encodeRequest("1"))?.response, response);
  assertStrictEquals(store.get(encodeRequest("10000"))?.response, response);
});

Deno.test("store: holds at most 64 MiB by default", () => {
  assertEquals(DEFAULT_BYTES, 64 * 1024 * 1024);
  const store = new ResponseStore();
  const response = responseOf("9".repeat(60_000));
  for (let i = 0; i < 2000; i++) store.set(encodeRequest(`${i}`), response);
  assert(store.bytes <= DEFAULT_BYTES);
  assert(store.bytes > DEFAULT_BYTES - 61_000);
  assertEquals(store.get(encodeRequest("0")), undefined);
  assertStrictEquals(store.get(encodeRequest("1999"))?.response, response);
});

Deno.test("store: requests count towards the bytes as responses do", () => {
  const long = "1 + ".repeat(5_000) + "1";
  const store = new ResponseStore({ maxBytes: 30_000 });
  store.set(encodeRequest(long), responseOf("5001"));
  assert(store.bytes > 20_000);
  store.set(encodeRequest(`${long} + 1`), responseOf("5002"));
  assertEquals(store.get(encodeRequest(long)), undefined);
  assert(store.get(encodeRequest(`${long} + 1`)));
});

Deno.test("store: a response larger than the store is not stored and evicts nothing", () => {
  const store = new ResponseStore({ maxBytes: 10_000 });
  store.set(encodeRequest("1"), responseOf("1"));
  store.set(encodeRequest("2"), responseOf("2".repeat(20_000)));
  assertEquals(held(store, "1", "2"), ["1"]);
});

Deno.test("store: replacing a response frees its bytes", () => {
  const store = new ResponseStore({ maxBytes: 10_000 });
  for (let i = 0; i < 100; i++) {
    store.set(encodeRequest("1"), responseOf("1".repeat(i)));
  }
  store.set(encodeRequest("1"), responseOf("1"));
  const { bytes } = store;
  const fresh = new ResponseStore();
  fresh.set(encodeRequest("1"), responseOf("1"));
  assertEquals(bytes, fresh.bytes);
});

Deno.test("store: counts stored and evicted responses", () => {
  const few = storeOf(3, "1", "2", "3", "4", "5", "5");
  assertEquals([few.stored, few.evicted], [6, 2]);
  const small = new ResponseStore({ maxBytes: 3_000 });
  for (let i = 0; i < 10; i++) {
    small.set(encodeRequest(`${i}`), responseOf("1"));
  }
  assertEquals([small.stored, small.evicted], [10, 8]);
});

Deno.test("store: never exceeds its limits, for any sequence of operations", () => {
  const aRequest = fc.nat({ max: 20 }).map((i) => encodeRequest(`${i}`));
  const anOperation = fc.record({
    request: aRequest,
    length: fc.option(fc.nat({ max: 3_000 })),
  });
  fc.assert(
    fc.property(fc.array(anOperation), fc.nat({ max: 9 }), (operations, n) => {
      const store = new ResponseStore({ maxEntries: n + 1, maxBytes: 5_000 });
      for (const { request, length } of operations) {
        if (length === null) store.get(request);
        else store.set(request, responseOf("1".repeat(length)));
        assert(store.bytes <= 5_000 && store.bytes >= 0);
      }
    }),
  );
});

Deno.test("store: an invalid limit is rejected", () => {
  for (const limit of [0, -1, 1.5, NaN]) {
    const received = `at least 1: received ${limit}`;
    assertThrows(
      () => new ResponseStore({ maxEntries: limit }),
      RangeError,
      `A store must hold a whole number of responses, ${received}`,
    );
    assertThrows(
      () => new ResponseStore({ maxBytes: limit }),
      RangeError,
      `A store must hold a whole number of bytes, ${received}`,
    );
  }
});

Deno.test("store: evicts the oldest response that was not used", () => {
  const store = storeOf(3, "1", "2", "3");
  store.get(encodeRequest("1"));
  store.set(encodeRequest("4"), responseOf("4"));
  assertEquals(held(store, "1", "2", "3", "4"), ["1", "3", "4"]);
});

Deno.test("store: a replaced response counts as used and takes no extra room", () => {
  const store = storeOf(3, "1", "2", "3", "1", "4");
  assertEquals(held(store, "1", "2", "3", "4"), ["1", "3", "4"]);
});

Deno.test("store: one use spares a response once, and the hand continues where it stopped", () => {
  const store = storeOf(3, "1", "2", "3");
  held(store, "1", "2", "3");
  // All are used, so that the hand passes them once and takes the oldest.
  store.set(encodeRequest("4"), responseOf("4"));
  store.set(encodeRequest("5"), responseOf("5"));
  assertEquals(held(store, "1", "2", "3", "4", "5"), ["3", "4", "5"]);
});

Deno.test("store: evicts as SIEVE does, for any sequence of operations", () => {
  const names = Array.from({ length: 8 }, (_, n) => `${n}`);
  const anOperation = fc.record({
    name: fc.constantFrom(...names),
    isLookUp: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anOperation), fc.nat({ max: 4 }), (operations, n) => {
      const store = new ResponseStore({ maxEntries: n + 1 });
      const model = new Sieve(n + 1);
      for (const { name, isLookUp } of operations) {
        if (isLookUp) {
          const isHeld = store.get(encodeRequest(name)) !== undefined;
          assertEquals(isHeld, model.has(name));
        } else {
          store.set(encodeRequest(name), responseOf(name));
          model.add(name);
        }
      }
      assertEquals(
        held(store, ...names),
        names.filter((name) => model.has(name)),
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("store: a replacement that needs more room evicts others, not itself", () => {
  const store = new ResponseStore({ maxBytes: 11_000 });
  for (const text of ["1", "2", "3"]) {
    store.set(encodeRequest(text), responseOf(text));
  }
  held(store, "1", "2", "3");
  const long = responseOf("1".repeat(8_000));
  store.set(encodeRequest("1"), long);
  assertStrictEquals(store.get(encodeRequest("1"))?.response, long);
  assertEquals(held(store, "2", "3"), ["3"]);
});

Deno.test("store: a replacement larger than the store leaves the old response in place", () => {
  const store = new ResponseStore({ maxBytes: 10_000 });
  store.set(encodeRequest("1"), responseOf("1"));
  store.set(encodeRequest("1"), responseOf("1".repeat(20_000)));
  assertEquals(held(store, "1"), ["1"]);
});

Deno.test("store: storing the same response again changes nothing", () => {
  const store = new ResponseStore();
  const response = responseOf("3");
  for (const received of [100, 110]) {
    store.set(encodeRequest("1 + 2"), response, received);
  }
  assertEquals(store.stored, 1);
  assertEquals(store.get(encodeRequest("1 + 2"))?.received, 100);
});

Deno.test("store: remembers when a response was received", () => {
  const store = new ResponseStore();
  store.set(encodeRequest("1"), responseOf("1"), 100);
  store.set(encodeRequest("1"), responseOf("one"), 110);
  assertEquals(store.get(encodeRequest("1"))?.received, 110);
});

Deno.test("store: a flood of unrepeated requests does not evict repeated ones", () => {
  const asked = Array.from({ length: 1_000 }, (_, n) => `${n} + 1`);
  const stranger = (n: number) => encodeRequest(`${n} + 2`);
  for (const before of [0, DEFAULT_ENTRIES]) {
    const store = new ResponseStore();
    for (let n = 0; n < before; n++) store.set(stranger(-n), responseOf("0"));
    for (const expression of asked) {
      store.set(encodeRequest(expression), responseOf(expression));
    }
    held(store, ...asked);
    for (let n = 1; n <= 20_000; n++) store.set(stranger(n), responseOf("0"));
    assert(held(store, ...asked).length >= 950);
  }
});

Deno.test("store: with Zipf-distributed requests, it has at least as many hits as exact LRU", () => {
  const requests = Array.from(
    { length: 10_000 },
    (_, n) => requestOf(digits(n)),
  );
  const response = responseOf("0");
  for (const exponent of [0.7, 1, 1.3]) {
    for (const maxEntries of [100, 1_000]) {
      const store = new ResponseStore({ maxEntries });
      const lru = new Map<number, true>();
      const hits = { sieve: 0, lru: 0 };
      for (const rank of zipf(requests.length, exponent, 100_000)) {
        const request = requests[rank]!;
        if (store.get(request)) hits.sieve++;
        else store.set(request, response);
        if (lru.delete(rank)) hits.lru++;
        lru.set(rank, true);
        if (lru.size > maxEntries) {
          for (const oldest of lru.keys()) {
            lru.delete(oldest);
            break;
          }
        }
      }
      assert(
        hits.sieve >= hits.lru,
        Deno.inspect({ exponent, maxEntries, hits }),
      );
    }
  }
});

Deno.test("store: a look-up that finds nothing evicts nothing", () => {
  const store = storeOf(2, "1", "2");
  assertEquals(held(store, "7", "8", "9"), []);
  assertEquals(held(store, "1", "2"), ["1", "2"]);
});

Deno.test("store: of the header, only the steps bit matters", () => {
  const data = [0xa1, 0x37];
  const headers: Partial<Header>[] = [
    { timeStamp: 0 },
    { timeStamp: 2 ** 32 - 1 },
    { maxAge: 0 },
    { maxAge: 60 },
    { cache: false },
    { status: 1023 },
  ];
  const reserved = requestOf(data).bytes;
  reserved[6] = reserved[6]! | 0b1110_0000;
  reserved.fill(0xff, 10, 12);
  const requests = [
    ...headers.map((header) => requestOf(data, header)),
    new Frame(reserved),
  ];

  const response = responseOf("7");
  for (const request of requests) {
    assertNotEquals(request.bytes, requestOf(data).bytes);
    const there = new ResponseStore();
    there.set(requestOf(data), response);
    assertStrictEquals(there.get(request)?.response, response);
    const back = new ResponseStore();
    back.set(request, response);
    assertStrictEquals(back.get(requestOf(data))?.response, response);
  }
});

Deno.test("store: requests with and without steps are different", () => {
  const store = new ResponseStore();
  const [withSteps, without] = [responseOf("with"), responseOf("without")];
  store.set(requestOf([1], { steps: true }), withSteps);
  assertEquals(store.get(requestOf([1], { steps: false })), undefined);
  store.set(requestOf([1], { steps: false }), without);
  assertStrictEquals(
    store.get(requestOf([1], { steps: true }))?.response,
    withSteps,
  );
  assertStrictEquals(
    store.get(requestOf([1], { steps: false }))?.response,
    without,
  );
});

Deno.test("store: every byte of the payload matters", () => {
  // As text, many of these bytes would be invalid and indistinguishable.
  const store = new ResponseStore();
  const responses = Array.from({ length: 256 }, (_, i) => responseOf(`${i}`));
  responses.forEach((response, i) => store.set(requestOf([i]), response));
  responses.forEach((response, i) => {
    assertStrictEquals(store.get(requestOf([i]))?.response, response);
  });
});

Deno.test("store: two requests share a response if and only if payload and steps bit are equal", () => {
  const aRequest = fc.record({
    // Few different bytes, so that data is often the same, or the start of other data.
    data: fc.array(fc.constantFrom(0, 0x2b, 0x2d, 0xff), { maxLength: 3 }),
    steps: fc.boolean(),
    maxAge: fc.nat({ max: 65_534 }),
    timeStamp: fc.nat(),
  });
  fc.assert(
    fc.property(aRequest, aRequest, (one, other) => {
      const store = new ResponseStore({ maxEntries: 2 });
      store.set(requestOf(one.data, one), responseOf("1"));
      const isShared = store.get(requestOf(other.data, other)) !== undefined;
      const isSame = one.steps === other.steps &&
        one.data.join() === other.data.join();
      assertEquals(isShared, isSame);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("store: using or replacing responses repeatedly costs no memory", async () => {
  assertEquals(await run("many_hits.ts", "--max-old-space-size=64"), ["0"]);
});

Deno.test("store: an entry takes up at most 500 bytes after garbage collection", async () => {
  const [lengths, bytes] = await run("store_memory.ts", "--expose-gc");
  assertEquals(lengths, "26 38");
  assert(Number(bytes) <= 500, `${bytes} bytes`);
});

Deno.test("store: looking up a hot key costs the same in a full store", () => {
  const hot = encodeRequest("1 + 2");
  const time = (entries: number) => {
    const store = new ResponseStore({ maxEntries: entries, maxBytes: 2 ** 40 });
    store.set(hot, responseOf("3"));
    const other = responseOf("0");
    for (let n = 1; n < entries; n++) store.set(encodeRequest(`${n}`), other);
    const start = performance.now();
    for (let use = 0; use < 20_000; use++) store.get(hot);
    return performance.now() - start;
  };
  time(10);
  const ratio = time(100_000) / time(10);
  // It was a thousand times as much when each use moved the entry.
  assert(ratio < 20, `${ratio} times as much`);
});

/** SIEVE in its plainest form: a queue, marks, and a hand. */
class Sieve {
  readonly #size: number;
  readonly #queue: string[] = [];
  readonly #visited = new Set<string>();
  #hand = 0;

  constructor(size: number) {
    this.#size = size;
  }

  has(name: string): boolean {
    const isThere = this.#queue.includes(name);
    if (isThere) this.#visited.add(name);
    return isThere;
  }

  add(name: string): void {
    if (this.has(name)) return;
    if (this.#queue.length === this.#size) this.#evict();
    this.#queue.push(name);
  }

  #evict(): void {
    for (;; this.#hand++) {
      if (this.#hand >= this.#queue.length) this.#hand = 0;
      if (!this.#visited.delete(this.#queue[this.#hand]!)) break;
    }
    this.#queue.splice(this.#hand, 1);
  }
}

/** Runs a program of this directory: the lines that it prints. */
async function run(program: string, v8Flag: string): Promise<string[]> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", `--v8-flags=${v8Flag}`],
      new URL(program, import.meta.url).href,
    ],
    stderr: "null",
  }).output();
  assert(success, `${program} failed`);
  return new TextDecoder().decode(stdout).trim().split("\n");
}

function digits(n: number): number[] {
  return [...`${n}`].map(Number);
}

/** Ranks as often as Zipf's law has it, the same ones each time. */
function* zipf(
  ranks: number,
  exponent: number,
  draws: number,
): Generator<number> {
  const sums: number[] = [];
  for (let rank = 0, sum = 0; rank < ranks; rank++) {
    sums.push(sum += (rank + 1) ** -exponent);
  }
  const total = sums.at(-1)!;
  // Mulberry32, seeded.
  let state = 9;
  for (let draw = 0; draw < draws; draw++) {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    const value = ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32 * total;
    let [low, high] = [0, ranks - 1];
    while (low < high) {
      const middle = low + high >> 1;
      if (sums[middle]! > value) high = middle;
      else low = middle + 1;
    }
    yield low;
  }
}

Deno.test("store: entries are listed with their keys, oldest first", () => {
  const store = new ResponseStore();
  const response = encodeSuccess({ result: "3", steps: [] });
  store.set(encodeRequest("1 + 2"), response, 7);
  store.set(encodeRequest("2 + 1", { steps: false }), response, 8);
  assertEquals(store.size, 2);
  assertEquals(
    [...store.entries()].map(({ key, received, hits, used }) => ({
      key: key.slice(2),
      steps: key.charCodeAt(0) === 1,
      received,
      hits,
      used,
    })),
    [
      { key: "1 + 2", steps: true, received: 7, hits: 0, used: 7 },
      { key: "2 + 1", steps: false, received: 8, hits: 0, used: 8 },
    ],
  );
});

Deno.test("store: an entry is deleted once, and its bytes with it", () => {
  const store = new ResponseStore();
  const response = encodeSuccess({ result: "3", steps: [] });
  store.set(encodeRequest("1 + 2"), response);
  const { bytes } = store;
  store.set(encodeRequest("2 + 1"), response);
  const [, second] = store.entries();
  assertEquals(store.deleteEntry(second!.id), true);
  assertEquals(store.deleteEntry(second!.id), false);
  assertEquals([store.size, store.bytes], [1, bytes]);
  assertEquals(store.get(encodeRequest("2 + 1")), undefined);
});

Deno.test("store: the response to a request is deleted once", () => {
  const store = new ResponseStore();
  const response = encodeSuccess({ result: "3", steps: [] });
  for (const text of ["1 + 2", "2 + 1"]) {
    store.set(encodeRequest(text), response);
  }
  const isDeleted = () => store.delete(encodeRequest("1 + 2", { maxAge: 60 }));
  assertEquals([isDeleted(), isDeleted()], [true, false]);
  assertEquals(store.delete(encodeRequest("2 + 1", { steps: false })), false);
  assertEquals(store.size, 1);
});

Deno.test("store: it is emptied, and evicts afterwards as before", () => {
  const store = new ResponseStore({ maxEntries: 2 });
  const response = encodeSuccess({ result: "3", steps: [] });
  const fill = () => {
    for (const text of ["1", "2", "3"]) {
      store.set(encodeRequest(text), response);
    }
  };
  fill();
  store.clear();
  assertEquals([store.size, store.bytes, [...store.entries()]], [0, 0, []]);
  fill();
  assertEquals([store.size, store.evicted], [2, 2]);
});
