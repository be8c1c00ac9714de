/**
 * Measures what HAProxy costs in front of a proxy that answers from its cache: its
 * CPU time per answer, compared to the proxy's, and the latency that it adds.
 *
 * @module
 */

import { formatAddress } from "../lib/net/mod.ts";
import { Haproxy, hasHaproxy } from "../tools/harness/haproxy.ts";
import { CpuClock } from "./cpu.ts";
import { Generator, type Shape } from "./generator.ts";
import { machine } from "./machine.ts";
import { percentile } from "./percentile.ts";
import { startProxy, startServer } from "./process.ts";
import { LONG, same } from "./requests.ts";
import { number, ratio, Table } from "./table.ts";

/** The number of turns, and the duration of each, in seconds. */
const TURNS = 6;
const TURN = 0.5;

const ROWS: readonly (readonly [name: string, shape: Shape])[] = [
  ["32 connections", { connections: 32, inFlight: 1 }],
  ["  16 in flight on each", { connections: 32, inFlight: 16 }],
  ["  a connection for every request", {
    connections: 32,
    inFlight: 1,
    oneEach: true,
  }],
  ["one connection alone", { connections: 1, inFlight: 1 }],
];

if (!await hasHaproxy()) {
  console.log("haproxy is not installed.");
  Deno.exit();
}
await using server = await startServer();
await using proxy = await startProxy(server);
await using haproxy = await Haproxy.start({ proxies: [proxy.address] });

console.log(`${machine()}

Hits at ${formatAddress(proxy.address)}, directly and through HAProxy, in turns.
CPU is the time per answer through HAProxy; × compares it with the proxy's, and the
latencies with those without HAProxy.
`);
const table = new Table("", 34, [
  "direct/s",
  "through/s",
  "p50 ×",
  "p99 ×",
  "proxy µs",
  "HAProxy µs",
  "×",
]);
for (const [name, shape] of ROWS) await measure(name, shape);

async function measure(name: string, shape: Shape): Promise<void> {
  const requests = same(LONG);
  using direct = await Generator.open(proxy.address, shape, requests);
  using through = await Generator.open(haproxy.clients, shape, requests);
  for (const generator of [direct, through]) {
    await generator.run(1);
    generator.reset();
  }
  const cpu = { proxy: 0, haproxy: 0 };
  const clocks = [
    ["proxy", new CpuClock(proxy.pid)],
    ["haproxy", new CpuClock(haproxy.pid)],
  ] as const;
  for (let turn = 0; turn < TURNS; turn++) {
    await direct.run(TURN);
    for (const [of, clock] of clocks) cpu[of] -= clock.read() ?? NaN;
    await through.run(TURN);
    for (const [of, clock] of clocks) cpu[of] += clock.read() ?? NaN;
  }
  const before = figures(direct);
  const after = figures(through);
  const answers = through.latencies.length;
  table.row(name, [
    number(before.rate),
    number(after.rate),
    ratio(after.p50, before.p50),
    ratio(after.p99, before.p99),
    number(cpu.proxy / answers),
    number(cpu.haproxy / answers),
    ratio(cpu.haproxy, cpu.proxy),
  ]);
  const errors = direct.errors + through.errors;
  if (errors > 0) console.log(`  ${errors} answers were missing or wrong.`);
}

function figures({ latencies, seconds }: Generator) {
  const sorted = Float64Array.from(latencies).sort();
  return {
    rate: sorted.length / seconds,
    p50: percentile(sorted, 50),
    p99: percentile(sorted, 99),
  };
}
