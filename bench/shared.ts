/**
 * Measures what a shared cache saves and costs: two proxies with one and two
 * without get the same kind of requests, distributed by Zipf's law. Then what a
 * single request costs a proxy, depending on where its answer comes from.
 *
 * @module
 */

import { hasRedis, RedisServer } from "../tools/harness/redis_server.ts";
import type { RoleProcess } from "../tools/harness/role_process.ts";
import { CpuClock } from "./cpu.ts";
import { Generator } from "./generator.ts";
import { machine } from "./machine.ts";
import { percentile } from "./percentile.ts";
import { Pipeline, type Requests } from "./pipeline.ts";
import { startProxy, startServer } from "./process.ts";
import { distinct, same, zipf } from "./requests.ts";
import { number, percent, ratio, Table } from "./table.ts";

/** How many expressions there are. */
const EXPRESSIONS = 100_000;

/** How many requests each proxy gets in a round. */
const REQUESTS = 50_000;

/** How many connections each proxy has, with one request in flight on each. */
const CONNECTIONS = 16;

/** The first round fills the caches. */
const ROUNDS = ["empty caches", "warm caches"];

/** The number of turns for the cost of a request, and the seconds of each. */
const TURNS = 20;
const TURN = 0.25;

if (!await hasRedis()) {
  console.log("redis-server is not installed.");
  Deno.exit();
}

console.log(`${machine()}

Two proxies, each with ${
  REQUESTS.toLocaleString("en")
} requests a round over ${CONNECTIONS} connections, drawn from
${
  EXPRESSIONS.toLocaleString("en")
} expressions by Zipf's law; 10,000 entries in memory.
`);

const table = new Table("", 34, [
  ...["to server", "memory", "shared", "CPU µs", "server", "engine"],
]);
await measure("memory alone");
await using redis = await RedisServer.start();
await measure("with a shared cache", redis);
console.log(`
  Hit ratios are of all requests. CPU is by answer: of both proxies, of the server,
  and of the engine.

What one request costs a proxy, in turns over ${CONNECTIONS} connections: CPU by answer,
the median of ${TURNS} turns; × is the median of its ratio to a hit in memory.
`);
await costs(redis);

async function measure(name: string, redis?: RedisServer): Promise<void> {
  const flags = redis ? ["--shared", redis.url] : [];
  await using server = await startServer();
  const keep = ["--upstream-connections", `${CONNECTIONS}`];
  await using one = await startProxy(server, ...keep, ...flags);
  await using other = await startProxy(server, ...keep, ...flags);
  const proxies = [one, other];
  const clocks = [one, other, server, ...(redis ? [redis] : [])]
    .map(({ pid }) => new CpuClock(pid));
  const read = () => clocks.map((clock) => clock.read() ?? NaN);
  const requests = zipf(EXPRESSIONS);
  let before = await countsOf(proxies);
  for (const round of ROUNDS) {
    const began = read();
    await Promise.all(proxies.map((proxy) => load(proxy, requests)));
    const [first = 0, second = 0, ...others] = read().map((now, index) =>
      (now - began[index]!) / (2 * REQUESTS)
    );
    const after = await countsOf(proxies);
    const all = 2 * REQUESTS;
    const hits = after.hits - before.hits;
    const sharedHits = after.sharedHits - before.sharedHits;
    before = after;
    table.row(`${name}, ${round}`, [
      (all - hits - sharedHits).toLocaleString("en"),
      percent(hits / all),
      percent(redis && sharedHits / all),
      ...[first + second, others[0], others[1]].map(number),
    ]);
  }
}

/** Prints the CPU time of a request at a proxy, by where its answer comes from. */
async function costs(redis: RedisServer): Promise<void> {
  await using server = await startServer();
  const keep = ["--upstream-connections", `${CONNECTIONS}`];
  const shared = ["--shared", redis.url];
  await using alone = await startProxy(server, ...keep);
  await using sharing = await startProxy(server, ...keep, ...shared);
  // Its memory holds none of the answers that the engine has.
  const tiny = [...keep, ...shared, "--entries", "1"];
  await using forgetful = await startProxy(server, ...tiny);
  const sources: [string, RoleProcess, Requests][] = [
    ["a hit in memory", alone, same("max(2, 3) + 3")],
    ["a miss", alone, distinct(1e6)],
    ["a miss, looked up and written", sharing, distinct(2e6)],
    ["a hit in the shared cache", forgetful, repeated(distinct(3e6), 2_000)],
  ];
  const shape = { connections: CONNECTIONS, inFlight: 1 };
  using generators = new DisposableStack();
  const meters = [];
  for (const [name, { pid, address }, requests] of sources) {
    const generator = await Generator.open(address, shape, requests);
    generators.use(generator);
    await generator.run(1);
    const clock = new CpuClock(pid);
    meters.push({ name, clock, generator, costs: new Float64Array(TURNS) });
  }
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { clock, generator, costs } of meters) {
      generator.reset();
      const before = clock.read() ?? NaN;
      await generator.run(TURN);
      const cpu = (clock.read() ?? NaN) - before;
      costs[turn] = cpu / generator.latencies.length;
    }
  }
  const table = new Table("", 34, ["CPU µs", "×"]);
  const [hit] = meters;
  for (const { name, costs } of meters) {
    const ratios = costs.map((cost, turn) => cost / (hit?.costs[turn] ?? NaN));
    table.row(name, [number(median(costs)), ratio(median(ratios), 1)]);
  }
}

/** The first requests, again and again. */
function repeated(next: Requests, count: number): Requests {
  const frames = Array.from({ length: count }, next);
  let sent = 0;
  return () => frames[sent++ % count]!;
}

function median(values: Float64Array): number {
  return percentile(values.toSorted(), 50);
}

async function load({ address }: RoleProcess, next: Requests): Promise<void> {
  const each = Math.ceil(REQUESTS / CONNECTIONS);
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    using pipeline = await Pipeline.connect(address);
    for (let count = 0; count < each; count++) {
      await pipeline.ask(1, next);
      await pipeline.answers([]);
    }
  }));
}

/** The sum of the proxies' counters. */
async function countsOf(proxies: readonly RoleProcess[]) {
  const lines = await Promise.all(proxies.map(async (proxy) => {
    const count = proxy.lines.length;
    proxy.signal("SIGUSR2");
    await proxy.printed("Counters", count + 1);
    return proxy.lines.at(-1) ?? "";
  }));
  const counted = (name: string) =>
    sum(
      lines.map((line) =>
        Number(new RegExp(`[:,] ${name} (\\d+)`).exec(line)?.[1] ?? 0)
      ),
    );
  return { hits: counted("hits"), sharedHits: counted("shared hits") };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
