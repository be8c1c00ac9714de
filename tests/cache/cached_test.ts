import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  cached,
  type CachedOptions,
  type CacheFact,
  coalesced,
  ResponseStore,
} from "../../lib/cache/mod.ts";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";
import { type Client, Frame, type Header } from "../../lib/protocol/mod.ts";
import { CLIENT } from "../../tools/harness/client.ts";

const NOW = 2_000_000_000;
const OTHER: Client = { id: 2, address: "127.0.0.1:64032" };
const FOR_EVER = { server: Infinity, client: Infinity };

/** Always the same question, with other terms. */
function requestOf(header: Partial<Header> = {}): Frame {
  return responseOf({ type: "request", status: 0, ...header });
}

/** A response created at `NOW`, cacheable without limit by default. */
function responseOf(header: Partial<Header> = {}): Frame {
  return Frame.from({
    timeStamp: NOW,
    type: "response",
    cache: true,
    steps: true,
    status: 200,
    maxAge: Infinity,
    ...header,
  }, Uint8Array.of(0xa1, 0x37));
}

/** A fact without its client and request. */
type Told = ReturnType<typeof told>;

function told(fact: CacheFact) {
  const { client: _client, request: _request, tier: _tier, ...rest } = fact;
  return rest;
}

/** A cache whose upstream gives these answers, one after the other, and then others. */
function cacheBefore(...answers: (Frame | Error)[]) {
  return cacheWith({}, ...answers);
}

/** The same, with options. */
function cacheWith(options: CachedOptions, ...answers: (Frame | Error)[]) {
  const clock = { now: NOW };
  const asked: Frame[] = [];
  const facts: Told[] = [];
  const handler = cached(
    (request) => {
      const answer = answers[asked.length];
      asked.push(request);
      if (answer instanceof Error) throw answer;
      return answer ?? responseOf();
    },
    new ResponseStore(),
    {
      now: () => clock.now,
      watch(fact) {
        // It only announces the next fact.
        if (fact.type !== "refreshing") facts.push(told(fact));
      },
      ...options,
    },
  );
  return { handler, clock, asked, facts };
}

Deno.test("cached: a miss is forwarded once, unchanged", async () => {
  const request = requestOf({ maxAge: 60 });
  const response = responseOf();
  const questions: [Frame, Client][] = [];
  const handler = cached((...question) => {
    questions.push(question);
    return Promise.resolve(response);
  }, new ResponseStore());
  assertStrictEquals(await handler(request, CLIENT), response);
  assertEquals(questions.length, 1);
  assertEquals(questions[0]?.[0], request);
  assertStrictEquals(questions[0]?.[1], CLIENT);
});

Deno.test("cached: a hit returns the stored response itself, without a promise", async () => {
  const response = responseOf({ timeStamp: NOW - 5 });
  const asReceived = response.bytes.slice();
  const { handler, clock, asked } = cacheBefore(response);
  await handler(requestOf(), CLIENT);
  clock.now += 1000;
  const hit = handler(requestOf({ timeStamp: clock.now }), CLIENT);
  assertStrictEquals(hit, response);
  assertEquals(response.bytes, asReceived);
  assertEquals(asked.length, 1);
});

Deno.test("cached: the first answer is reported as stored or not stored", async () => {
  const cases: [Partial<Header>, Partial<Header>, Told][] = [
    [{}, {}, { type: "stored", remaining: FOR_EVER }],
    [{ maxAge: 60 }, { maxAge: 10 }, {
      type: "stored",
      remaining: { server: 10, client: 60 },
    }],
    // It has been on its way, or in another cache, for 9 seconds.
    [{ maxAge: 60 }, { maxAge: 10, timeStamp: NOW - 9 }, {
      type: "stored",
      remaining: { server: 1, client: 51 },
    }],
    [{ maxAge: 60 }, { maxAge: 10, timeStamp: NOW - 10 }, {
      type: "not stored",
    }],
    [{ maxAge: 10 }, { maxAge: 60, timeStamp: NOW - 10 }, {
      type: "not stored",
    }],
    [{ maxAge: 0 }, {}, { type: "not stored" }],
    [{ cache: false }, {}, { type: "not stored" }],
    [{}, { maxAge: 0 }, { type: "not stored" }],
    [{}, { cache: false }, { type: "not stored" }],
    [{}, { status: 400 }, { type: "stored", remaining: FOR_EVER }],
    [{}, { status: 400, cache: false }, { type: "not stored" }],
    // The reference's server marks even its errors as fit for caching.
    [{}, { status: 500 }, { type: "not stored" }],
  ];
  for (const [asked, given, fact] of cases) {
    const response = responseOf(given);
    const next = responseOf({ timeStamp: NOW + 1 });
    const { handler, facts } = cacheBefore(response, next);
    const what = Deno.inspect({ asked, given });
    assertStrictEquals(await handler(requestOf(asked), CLIENT), response);
    assertEquals(facts, [fact], what);
    // Facts match what happened.
    const isStored = handler(requestOf(), CLIENT) === response;
    assertEquals(isStored, fact.type === "stored", what);
  }
});

Deno.test("cached: a hit is reported with the remaining time and the client", async () => {
  const facts: CacheFact[] = [];
  const clock = { now: NOW };
  const response = responseOf({ maxAge: 10 });
  const handler = cached(() => response, new ResponseStore(), {
    now: () => clock.now,
    watch: (fact) => facts.push(fact),
  });
  const [miss, hit] = [requestOf(), requestOf({ maxAge: 20 })];
  await handler(miss, CLIENT);
  clock.now = NOW + 9;
  handler(hit, OTHER);
  assertEquals(facts, [
    {
      type: "stored",
      tier: "memory",
      client: CLIENT,
      request: miss,
      remaining: { server: 10, client: Infinity },
    },
    {
      type: "hit",
      tier: "memory",
      client: OTHER,
      request: hit,
      remaining: { server: 1, client: 11 },
    },
  ]);
});

Deno.test("cached: a stale response is reported before upstream is asked", async () => {
  const types: string[] = [];
  const old = responseOf({ maxAge: 10 });
  const clock = { now: NOW };
  const handler = cached(
    () => {
      types.push("asked");
      return old;
    },
    new ResponseStore(),
    {
      now: () => clock.now,
      watch(fact) {
        types.push(fact.type);
        if (fact.type === "refreshing") {
          assertStrictEquals(fact.response, old);
        }
      },
    },
  );
  await handler(requestOf(), CLIENT);
  clock.now += 10;
  await handler(requestOf(), CLIENT);
  assertEquals(types.slice(0, 4), ["asked", "stored", "refreshing", "asked"]);
});

Deno.test("cached: an entry that has gone stale is replaced", async () => {
  const old = responseOf({ maxAge: 10 });
  const young = responseOf({ maxAge: 10, timeStamp: NOW + 10 });
  const { handler, clock, asked, facts } = cacheBefore(old, young);
  await handler(requestOf(), CLIENT);
  clock.now = NOW + 9;
  assertStrictEquals(handler(requestOf(), CLIENT), old);
  clock.now = NOW + 10;
  assertStrictEquals(await handler(requestOf(), CLIENT), young);
  clock.now = NOW + 19;
  assertStrictEquals(handler(requestOf(), CLIENT), young);
  assertEquals(
    facts.map(({ type }) => type),
    ["stored", "hit", "stale", "hit"],
  );
  assertEquals(asked.length, 2);
});

Deno.test("cached: a response that is too old for one client may be fresh for another", async () => {
  const old = responseOf();
  const failures = [responseOf({ status: 500 }), new Error("gone")];
  for (const failure of failures) {
    const { handler, clock } = cacheBefore(old, failure);
    await handler(requestOf(), CLIENT);
    clock.now = NOW + 10;
    const impatient = handler(requestOf({ maxAge: 10 }), CLIENT);
    assert(impatient instanceof Promise, "should have been passed on");
    await Promise.allSettled([impatient]);
    const patient = handler(requestOf({ maxAge: 11 }), OTHER);
    assertStrictEquals(patient, old);
  }
});

Deno.test("cached: a request with max-age 0 is forwarded and keeps the stored response", async () => {
  for (const terms of [{ maxAge: 0 }, { cache: false }]) {
    const [first, second] = [responseOf(), responseOf()];
    const { handler, facts } = cacheBefore(first, second);
    await handler(requestOf(), CLIENT);
    assertStrictEquals(await handler(requestOf(terms), CLIENT), second);
    assertEquals(facts[1], { type: "not stored" });
    assertStrictEquals(handler(requestOf(), CLIENT), first);
  }
});

Deno.test("cached: a response that became stale on its way is not stored", async () => {
  const clock = { now: NOW };
  const facts: Told[] = [];
  const handler = cached(
    () => {
      clock.now += 10;
      return Promise.resolve(responseOf({ maxAge: 10 }));
    },
    new ResponseStore(),
    {
      now: () => clock.now,
      watch: (fact) => facts.push(told(fact)),
    },
  );
  await handler(requestOf(), CLIENT);
  assertEquals(facts, [{ type: "not stored" }]);
});

Deno.test("cached: every miss asks the upstream once", async () => {
  const answers = [0, 0, 0].map((maxAge) => responseOf({ maxAge }));
  const { handler, asked } = cacheBefore(...answers);
  for (const [index, answer] of answers.entries()) {
    assertStrictEquals(await handler(requestOf(), CLIENT), answer);
    assertEquals(asked.length, index + 1);
  }
});

Deno.test("cached: it rejects if upstream throws, and nothing is stored or reported", async () => {
  const response = responseOf();
  const { handler, facts } = cacheBefore(new RangeError("gone"), response);
  await assertRejects(
    async () => await handler(requestOf(), CLIENT),
    RangeError,
    "gone",
  );
  assertEquals(facts, []);
  assertStrictEquals(await handler(requestOf(), CLIENT), response);
});

Deno.test("cached: it rejects if upstream rejects, and nothing is stored or reported", async () => {
  const facts: Told[] = [];
  const store = new ResponseStore();
  const handler = cached(
    () => Promise.reject(new RangeError("gone")),
    store,
    { watch: (fact) => facts.push(told(fact)) },
  );
  await assertRejects(
    async () => await handler(requestOf(), CLIENT),
    RangeError,
    "gone",
  );
  assertEquals(facts, []);
  assertEquals(store.get(requestOf()), undefined);
});

Deno.test("cached: its default clock agrees with the time stamps of messages", async () => {
  const store = new ResponseStore();
  const response = encodeSuccess({ result: "3", steps: [] }, { maxAge: 3600 });
  const handler = cached(() => response, store);
  await handler(encodeRequest("1 + 2", { maxAge: 3600 }), CLIENT);
  assertStrictEquals(handler(encodeRequest("1 + 2"), CLIENT), response);

  const old = responseOf({
    timeStamp: response.timeStamp - 3600,
    maxAge: 3600,
  });
  store.set(requestOf(), old);
  assertStrictEquals(await handler(requestOf(), CLIENT), response);
});

Deno.test("cached: a stale response is used if upstream fails, for a limited time", async () => {
  const failure = new Error("no answer");
  const unwell = responseOf({ status: 500, cache: false });
  const short = responseOf({ maxAge: 10 });
  const { handler, clock, asked, facts } = cacheWith(
    { staleIfError: 60 },
    ...[short, failure, unwell, failure],
  );
  await handler(requestOf(), CLIENT);
  clock.now += 30;
  assertStrictEquals(await handler(requestOf(), CLIENT), short);
  clock.now += 39;
  assertStrictEquals(await handler(requestOf(), CLIENT), short);
  // It has been stale for 60 seconds.
  clock.now += 1;
  await assertRejects(async () => await handler(requestOf(), CLIENT), Error);
  assertEquals(asked.length, 4);
  assertEquals(
    facts.map((fact) => ({
      ...fact,
      ...("error" in fact && { error: `${fact.error}` }),
    })),
    [
      { type: "stored", remaining: { server: 10, client: Infinity } },
      { type: "stale on error", error: "Error: no answer" },
      {
        type: "stale on error",
        error: "Error: Status 500 from upstream",
      },
    ],
  );
});

Deno.test("cached: by default, no stale response is used if upstream fails", async () => {
  const unwell = responseOf({ status: 500, cache: false });
  const { handler, clock, facts } = cacheBefore(
    ...[responseOf({ maxAge: 10 }), new Error("no answer"), unwell],
  );
  await handler(requestOf(), CLIENT);
  clock.now += 10;
  await assertRejects(async () => await handler(requestOf(), CLIENT), Error);
  assertStrictEquals(await handler(requestOf(), CLIENT), unwell);
  assertEquals(facts.slice(1), [{ type: "stale", remaining: undefined }]);
});

Deno.test("cached: a request that forbids caching never gets a stale response", async () => {
  const failure = new Error("no answer");
  const { handler, clock } = cacheWith(
    { staleIfError: 60 },
    ...[responseOf({ maxAge: 10 }), failure, failure],
  );
  await handler(requestOf(), CLIENT);
  clock.now += 20;
  for (const header of [{ maxAge: 0 }, { cache: false }]) {
    const error = await assertRejects(
      async () => await handler(requestOf(header), CLIENT),
      Error,
    );
    assertStrictEquals(error, failure);
  }
});

Deno.test("cached: a status that is neither success nor an error passes unchanged and is not stored", async () => {
  for (const status of [0, 100, 199, 201, 300, 399, 600, 1023]) {
    const odd = responseOf({ status });
    const short = responseOf({ maxAge: 10 });
    const { handler, clock, facts } = cacheWith(
      { staleIfError: 60 },
      ...[odd, short, odd],
    );
    assertStrictEquals(await handler(requestOf(), CLIENT), odd);
    assertStrictEquals(await handler(requestOf(), CLIENT), short);
    clock.now += 10;
    // It is no server error, so nothing stale stands in for it.
    assertStrictEquals(await handler(requestOf(), CLIENT), odd);
    const types = facts.map(({ type }) => type);
    assertEquals(types, ["not stored", "stored", "stale"], `${status}`);
  }
});

Deno.test("cached: a server error passes unchanged and is not stored, even with the cache bit", async () => {
  for (const status of [500, 503, 599]) {
    for (const cache of [true, false]) {
      const error = responseOf({ status, cache });
      const bytes = error.bytes.slice();
      const { handler, facts } = cacheBefore(error, error);
      for (let time = 0; time < 2; time++) {
        assertStrictEquals(await handler(requestOf(), CLIENT), error);
      }
      assertEquals(error.bytes, bytes);
      assertEquals(facts, [{ type: "not stored" }, {
        type: "not stored",
      }]);
    }
  }
});

Deno.test("cached: a response is at least as old as the time since it was received", async () => {
  // The clock of the server is an hour ahead.
  const first = responseOf({ timeStamp: NOW + 3600, maxAge: 2 });
  const second = responseOf({ timeStamp: NOW + 3602, maxAge: 2 });
  const { handler, clock, facts } = cacheBefore(first, second);
  await handler(requestOf(), CLIENT);
  clock.now += 1;
  assertStrictEquals(handler(requestOf(), CLIENT), first);
  clock.now += 1;
  assertStrictEquals(await handler(requestOf(), CLIENT), second);
  clock.now += 1;
  assertStrictEquals(await handler(requestOf({ maxAge: 2 }), CLIENT), second);
  assertEquals(facts, [
    { type: "stored", remaining: { server: 2, client: Infinity } },
    { type: "hit", remaining: { server: 1, client: Infinity } },
    { type: "stale", remaining: { server: 2, client: Infinity } },
    { type: "hit", remaining: { server: 1, client: 1 } },
  ]);
});

Deno.test("cached: setting the clock back does not keep a response fresh for longer", async () => {
  const first = responseOf({ maxAge: 10 });
  const second = responseOf({ timeStamp: NOW - 3592, maxAge: 10 });
  const { handler, clock } = cacheBefore(first, second);
  await handler(requestOf(), CLIENT);
  clock.now += 5;
  assertStrictEquals(handler(requestOf(), CLIENT), first);
  clock.now -= 3600;
  clock.now += 4;
  // The look-up notices that the clock was set back, by 3596 seconds at least.
  assertStrictEquals(handler(requestOf(), CLIENT), first);
  clock.now += 5;
  assertStrictEquals(await handler(requestOf(), CLIENT), second);
});

Deno.test("cached: an upstream that has just failed is not retried while a stale response may be used", async () => {
  const clock = { now: NOW };
  const asked: PromiseWithResolvers<Frame>[] = [];
  const errors: string[] = [];
  const handler = cached(
    () => {
      const answer = Promise.withResolvers<Frame>();
      asked.push(answer);
      return answer.promise;
    },
    new ResponseStore(),
    {
      now: () => clock.now,
      staleIfError: 3600,
      watch(fact) {
        if ("error" in fact) errors.push(`${fact.error}`);
      },
    },
  );
  const ask = (header: Partial<Header> = {}) =>
    handler(requestOf(header), CLIENT);
  const old = responseOf({ maxAge: 1 });
  const stored = ask();
  asked[0]?.resolve(old);
  await stored;

  clock.now += 10;
  const first = ask();
  asked[1]?.reject(new Error("no answer"));
  assertStrictEquals(await first, old);
  clock.now += 0.9;
  assertStrictEquals(await ask(), old);
  assertEquals(asked.length, 2);
  // Nothing can stand in for this one.
  const recompute = ask({ maxAge: 0 });
  assertEquals(asked.length, 3);
  asked[2]?.reject(new Error("no answer"));
  await assertRejects(async () => await recompute, Error, "no answer");

  // A second later one request tries again, and the others do not wait for it.
  clock.now += 1;
  const probe = ask();
  assertStrictEquals(await ask(), old);
  assertEquals(asked.length, 4);
  asked[3]?.reject(new Error("still no answer"));
  assertStrictEquals(await probe, old);
  assertStrictEquals(await ask(), old);
  assertEquals(asked.length, 4);

  clock.now += 1;
  const young = responseOf({ timeStamp: NOW + 12, maxAge: 1 });
  const success = ask();
  asked[4]?.resolve(young);
  assertStrictEquals(await success, young);
  clock.now += 10;
  // It has recovered: each request that finds something stale asks again.
  const both = [ask(), ask()];
  assertEquals(asked.length, 7);
  for (const answer of asked.slice(5)) answer.resolve(responseOf());
  await Promise.all(both);
  const spared = "Error: Upstream has just failed: not retried yet";
  assertEquals(errors, [
    ...["Error: no answer", spared, spared],
    ...["Error: still no answer", spared],
  ]);
});

Deno.test("cached: a request aborted because its client left is not a failure of upstream", async () => {
  const clock = { now: NOW };
  const left = AbortSignal.abort(new Error("reset"));
  const facts: string[] = [];
  let answer = () => Promise.resolve(responseOf({ maxAge: 1 }));
  const handler = cached(() => answer(), new ResponseStore(), {
    now: () => clock.now,
    staleIfError: 3600,
    watch({ type }) {
      if (type !== "refreshing") facts.push(type);
    },
  });
  await handler(requestOf(), CLIENT);
  clock.now += 10;
  const abort = () => Promise.reject(left.reason);
  const askAndLeave = async () => {
    answer = abort;
    const client = { ...CLIENT, closeSignal: left };
    await assertRejects(
      async () => await handler(requestOf(), client),
      Error,
      "reset",
    );
  };
  const young = responseOf({ timeStamp: NOW + 10, maxAge: 1 });
  await askAndLeave();
  answer = () => Promise.resolve(young);
  assertStrictEquals(await handler(requestOf(), CLIENT), young);

  // The client whose request tries upstream leaves, so another one tries.
  clock.now += 10;
  answer = () => Promise.reject(new Error("no answer"));
  assertStrictEquals(await handler(requestOf(), CLIENT), young);
  clock.now += 1;
  await askAndLeave();
  answer = () => Promise.resolve(young);
  await handler(requestOf(), CLIENT);
  assertEquals(facts, ["stored", "stale", "stale on error", "stale"]);
});

Deno.test("cached: of ten simultaneous misses, one stores the response and the others share it", async () => {
  const answer = Promise.withResolvers<Frame>();
  const store = new ResponseStore();
  const facts: Told[] = [];
  const options = { now: () => NOW };
  const handler = cached(coalesced(() => answer.promise, options), store, {
    ...options,
    watch: (fact) => facts.push(told(fact)),
  });
  const answers = Array.from(
    { length: 10 },
    () => handler(requestOf(), CLIENT),
  );
  const response = responseOf();
  answer.resolve(response);
  for (const each of answers) assertStrictEquals(await each, response);
  assertEquals(store.stored, 1);
  assertEquals(
    facts,
    answers.map((_, index) => ({
      type: index === 0 ? "stored" : "joined",
      remaining: FOR_EVER,
    })),
  );
});

Deno.test("cached: each hit is counted at its entry", async () => {
  const store = new ResponseStore();
  let now = 1_000_000;
  const handler = cached(
    () => encodeSuccess({ result: "3", steps: [] }, { maxAge: 60 }),
    store,
    { now: () => now },
  );
  const request = encodeRequest("1 + 2");
  await handler(request, CLIENT);
  now += 5;
  for (let times = 0; times < 3; times++) await handler(request, CLIENT);
  const [entry] = store.entries();
  assertEquals([entry?.hits, entry?.used], [3, now]);
});
