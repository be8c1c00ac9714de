import { assertEquals } from "@std/assert";
import { ResponseStore } from "../../lib/cache/mod.ts";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";
import { Counters } from "../../lib/watch/counters.ts";
import { facts } from "./facts.ts";

const NOTHING = {
  accepted: 0,
  refused: 0,
  requests: 0,
  hits: 0,
  misses: 0,
  stale: 0,
  stored: 0,
  evicted: 0,
  upstreamErrors: 0,
  bytesReceived: 0,
  bytesSent: 0,
};

/** What each type of fact adds. */
const counts: Record<keyof typeof facts, Partial<typeof NOTHING>> = {
  listening: {},
  connected: { accepted: 1 },
  identified: {},
  refused: { refused: 1 },
  request: { requests: 1, bytesReceived: 18 },
  response: { bytesSent: 24 },
  hit: { hits: 1 },
  stored: { misses: 1 },
  joined: { misses: 1 },
  "not stored": { misses: 1 },
  refreshing: {},
  stale: { stale: 1 },
  "stale on error": { stale: 1, upstreamErrors: 1 },
  asking: {},
  "upstream opened": {},
  sending: {},
  answered: {},
  "upstream closed": {},
  "no answer": {},
  resting: {},
  back: {},
  gone: {},
  failure: { upstreamErrors: 1 },
  fault: {},
  closing: { bytesSent: 40 },
  closed: {},
  "shared cache down": {},
  "shared cache up": {},
  "not shared": {},
  counters: {},
  "server counters": {},
  page: {},
  reloaded: {},
  "not reloaded": {},
  dropped: {},
};

for (const fact of Object.values(facts)) {
  Deno.test(`counters: what ${fact.type} adds`, () => {
    const counters = new Counters(new ResponseStore());
    assertEquals(counters.read(), NOTHING);
    counters.watch(fact);
    assertEquals(counters.read(), { ...NOTHING, ...counts[fact.type] });
  });
}

Deno.test("counters: a shared cache has its own", () => {
  const counters = new Counters(new ResponseStore(), true);
  const nothing = {
    ...NOTHING,
    ...{ sharedHits: 0, sharedMisses: 0, notShared: 0 },
  };
  assertEquals(counters.read(), nothing);
  const tier = "shared";
  counters.watch({ ...facts.hit, tier });
  counters.watch(facts.stored);
  counters.watch({ ...facts.stored, tier });
  counters.watch({ ...facts.stale, tier });
  counters.watch(facts["not shared"]);
  assertEquals(counters.read(), {
    ...nothing,
    ...{ misses: 1, sharedHits: 1, sharedMisses: 2, notShared: 1 },
  });
});

Deno.test("counters: facts add up", () => {
  const counters = new Counters(new ResponseStore());
  for (const fact of [facts.hit, facts.request, facts.hit, facts.request]) {
    counters.watch(fact);
  }
  const { hits, requests, bytesReceived } = counters.read();
  assertEquals([hits, requests, bytesReceived], [2, 2, 36]);
});

Deno.test("counters: a stale response without a failing upstream is no upstream error", () => {
  const counters = new Counters(new ResponseStore());
  const error = new Error("Status 500 from upstream");
  counters.watch({ ...facts["stale on error"], error });
  assertEquals(counters.read(), { ...NOTHING, stale: 1 });
});

Deno.test("counters: stored and evicted come from the store", () => {
  const store = new ResponseStore({ maxEntries: 1 });
  const counters = new Counters(store);
  const response = encodeSuccess({ result: "2", steps: [] });
  for (const text of ["1 + 1", "2 + 0"]) {
    store.set(encodeRequest(text), response);
  }
  assertEquals(counters.read(), { ...NOTHING, stored: 2, evicted: 1 });
});

Deno.test("counters: a server has none of the cache, and the order is fixed", () => {
  assertEquals(Object.keys(new Counters().read()), [
    "accepted",
    "refused",
    "requests",
    "bytesReceived",
    "bytesSent",
  ]);
  assertEquals(
    Object.keys(new Counters(new ResponseStore()).read()),
    Object.keys(NOTHING),
  );
});

Deno.test("counters: each server that was asked has counts, as long as it is there", () => {
  const counters = new Counters(new ResponseStore());
  const other = { hostname: "10.0.0.2", port: 9999 };
  const counted = () => Object.fromEntries(counters.servers);
  assertEquals(counted(), {});
  counters.watch(facts.asking);
  counters.watch(facts["no answer"]);
  counters.watch(facts.resting);
  counters.watch({ ...facts.asking, upstream: other });
  assertEquals(counted(), {
    "[::1]:9999": { attempts: 1, failures: 1, resting: true },
    "10.0.0.2:9999": { attempts: 1, failures: 0, resting: false },
  });
  counters.watch(facts.back);
  counters.watch({ ...facts.gone, upstream: other });
  assertEquals(counted(), {
    "[::1]:9999": { attempts: 1, failures: 1, resting: false },
  });
});
