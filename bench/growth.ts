/**
 * Measures how the cost of an answer scales with the size of the expression, the
 * answer and the cache, and with the number of connections.
 *
 * @module
 */

import { ResponseStore } from "../lib/cache/mod.ts";
import { format, parse } from "../lib/expression/mod.ts";
import { encodeRequest, encodeSuccess } from "../lib/message/mod.ts";
import { ask } from "../lib/net/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { compare, type Figures, reportErrors } from "./comparison.ts";
import { machine } from "./machine.ts";
import { Order } from "./order.ts";
import { startProxy, startServer } from "./process.ts";
import { LONG, same, zipfRanks } from "./requests.ts";
import { number, ratio, Table } from "./table.ts";

/** Each row here is measured for a shorter time than in load.ts. */
const BRIEF = { warmUp: 0.5, slices: 2 };

/** The number of cache operations per batch, and the number of batches. */
const BATCH = 10_000;
const BATCHES = 30;

console.log(`${machine()}

Each row is compared with the one before: n^0.00 is flat, n^1.00 linear.
`);

await using server = await startServer();
await growingSum("Bytes of the request, without steps", {
  operands: [4, 16, 64, 256, 1024, 4096, 7000],
  steps: false,
  measure: ({ request }) => request.bytes.length,
});
await growingSum("Bytes of the answer, with steps", {
  operands: [3, 8, 24, 72, 120],
  steps: true,
  measure: ({ response }) => response.bytes.length,
});
growingCache([100, 1_000, 10_000, 100_000, 1_000_000]);
await growingCrowd([1, 4, 16, 64, 250, 1000]);

/** A series of sums of increasing length. */
interface Sums {
  readonly operands: readonly number[];
  readonly steps: boolean;
  /** What grows. */
  readonly measure: (
    exchange: { request: Frame; response: Frame },
  ) => number;
}

async function growingSum(
  title: string,
  { operands, steps, measure }: Sums,
): Promise<void> {
  const heads = ["answers/s", "CPU µs", "×echo", "grows"];
  const table = new Table(title, 36, heads);
  const order = new Order();
  for (const count of operands) {
    const requests = same(sum(count), steps);
    const request = new Frame(requests());
    const response = await ask(server.address, request);
    const n = measure({ request, response });
    const comparison = await compare({
      role: server,
      requests,
      connections: 8,
      inFlight: 1,
      ...BRIEF,
    });
    const { role, echo } = comparison;
    table.row(n.toLocaleString("en"), [
      number(role.rate),
      number(role.cpu),
      ratio(role.cpu, echo.cpu),
      order.next(n, cost(role)),
    ]);
    reportErrors(comparison);
  }
  console.log();
}

/** The store alone, in this process: lookups and insertions in a full store. */
function growingCache(sizes: readonly number[]): void {
  const measured = [
    { head: "hot ns", of: hotKey },
    { head: "Zipf ns", of: zipfKeys },
    { head: "any ns", of: anyKeys },
    { head: "set ns", of: newKeys },
  ].map((column) => ({ ...column, order: new Order() }));
  const heads = measured.flatMap(({ head }) => [head, "grows"]);
  const table = new Table("Entries in the cache", 36, heads);
  for (const size of sizes) {
    const store = fullStore(size);
    const cells = measured.flatMap(({ of, order }) => {
      const time = of(store, size);
      return [number(time), order.next(size, time)];
    });
    table.row(size.toLocaleString("en"), cells);
  }
  console.log();
}

function fullStore(size: number): ResponseStore {
  const store = new ResponseStore({ maxEntries: size, maxBytes: 2 ** 40 });
  for (let n = 0; n < size; n++) store.set(numbered(n), response());
  return store;
}

/** Repeats one request. */
function hotKey(store: ResponseStore, size: number): number {
  const request = numbered(size >> 1);
  return lookUpTime(store, () => request);
}

/** Zipf-distributed requests, at random places in the store. */
function zipfKeys(store: ResponseStore, size: number): number {
  const places = Uint32Array.from({ length: size }, (_, index) => index);
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [places[last], places[other]] = [places[other]!, places[last]!];
  }
  const draw = zipfRanks(size);
  return lookUpTime(store, () => numbered(places[draw()]!));
}

/** Uniformly distributed requests. */
function anyKeys(store: ResponseStore, size: number): number {
  return lookUpTime(store, () => numbered(Math.floor(Math.random() * size)));
}

/** New requests: each insertion evicts another entry. */
function newKeys(store: ResponseStore, size: number): number {
  let next = size;
  return averageTime(() => {
    const entries = Array.from(
      { length: BATCH },
      () => ({ request: numbered(next++), response: response() }),
    );
    return timed(() => {
      for (const entry of entries) store.set(entry.request, entry.response);
    });
  });
}

function lookUpTime(store: ResponseStore, next: () => Frame): number {
  return averageTime(() => {
    const requests = Array.from({ length: BATCH }, next);
    return timed(() => {
      for (const request of requests) store.get(request);
    });
  });
}

/** The average time of an operation in nanoseconds, from timing batches. */
function averageTime(timeBatch: () => number): number {
  let time = 0;
  for (let batch = 0; batch < BATCHES; batch++) time += timeBatch();
  return 1e6 * time / (BATCH * BATCHES);
}

function response(): Frame {
  return encodeSuccess({ result: "4.428571428571429", steps: [] });
}

/** An increasing number of concurrent clients of the proxy. */
async function growingCrowd(sizes: readonly number[]): Promise<void> {
  await using proxy = await startProxy(server, "--max-connections", "2000");
  const table = new Table("Connections, hits at the proxy", 36, [
    "answers/s",
    "p50 ms",
    "×echo",
    "p99 ms",
    "×echo",
    "CPU µs",
    "×echo",
    "grows",
  ]);
  const order = new Order();
  for (const connections of sizes) {
    const comparison = await compare({
      role: proxy,
      requests: same(LONG),
      connections,
      inFlight: 1,
      ...BRIEF,
    });
    const { role, echo } = comparison;
    table.row(connections.toLocaleString("en"), [
      number(role.rate),
      number(role.p50),
      ratio(role.p50, echo.p50),
      number(role.p99),
      ratio(role.p99, echo.p99),
      number(role.cpu),
      ratio(role.cpu, echo.cpu),
      order.next(connections, cost(role)),
    ]);
    reportErrors(comparison);
  }
}

/** CPU time per answer, or elapsed time if that is unknown. */
function cost({ cpu, rate }: Figures): number {
  return cpu ?? 1e6 / rate;
}

/** A sum with a small value, whatever its length, as a client would send it. */
function sum(operands: number): string {
  return format(parse(`1${" + 12 - 12".repeat(operands / 2)}`));
}

function numbered(n: number): Frame {
  return encodeRequest(`max(${n}, 3) / 7`);
}

function timed(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}
