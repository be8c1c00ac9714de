import { assertEquals } from "@std/assert";
import { ResponseStore } from "../../lib/cache/mod.ts";
import { Figures } from "../../lib/page/figures.ts";
import { metrics } from "../../lib/page/metrics.ts";
import { Counters } from "../../lib/watch/counters.ts";
import { facts } from "../watch/facts.ts";

const gauges = {
  role: "proxy",
  version: "1.0.0",
  connections: 0,
  unshown: 0,
  readers: 0,
  memory: 0,
  started: 0,
};

Deno.test("metrics: every counter is among them", () => {
  const counters = new Counters(new ResponseStore(), true);
  const text = metrics(counters, gauges, new Figures());
  const count = text.matchAll(/^# TYPE calculator_(?!page_)\w+ counter$/gm);
  assertEquals([...count].length, Object.keys(counters.read()).length);
});

Deno.test("metrics: the shared cache has its own counters", () => {
  const counters = new Counters(new ResponseStore(), true);
  counters.watch({ ...facts.hit, tier: "shared" });
  counters.watch({ ...facts.stored, tier: "shared" });
  counters.watch(facts["not shared"]);
  const text = metrics(counters, gauges, new Figures());
  assertEquals(text.match(/^calculator_shared_cache_\w+ \d+$/gm), [
    "calculator_shared_cache_hits_total 1",
    "calculator_shared_cache_misses_total 1",
    "calculator_shared_cache_write_failures_total 1",
  ]);
});
