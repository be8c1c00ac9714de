/**
 * Puts the roles under load over loopback and compares them with an echo, which
 * only frames and answers. Times depend on the machine; ratios are portable.
 *
 * @module
 */

import { canCertify, Certified } from "../tools/harness/certificate.ts";
import type { RoleProcess } from "../tools/harness/role_process.ts";
import {
  compare,
  type Comparison,
  type Question,
  reportErrors,
} from "./comparison.ts";
import { machine } from "./machine.ts";
import { Pipeline } from "./pipeline.ts";
import { startProxy, startServer, startTlsProxy } from "./process.ts";
import { distinct, LONG, same, zipf } from "./requests.ts";
import { number, percent, ratio, Table } from "./table.ts";

const BASE = { connections: 32, inFlight: 1 };
const DEEP = { connections: 32, inFlight: 16 };
const ONE_EACH = { connections: 32, inFlight: 1, oneEach: true };
const ALONE = { connections: 1, inFlight: 1 };

/** The number of answers in the cache, including the long example. */
const ENTRIES = 100_000;

await using server = await startServer();
await using proxy = await startProxy(server);
await using full = await startProxy(
  server,
  ...["--entries", `${ENTRIES}`, "--cache-bytes", "1G"],
  ...["--upstream-connections", "32"],
);
await fill(full, ENTRIES - 1);

const hits = { role: full, requests: same(LONG) };
const withSteps = { role: server, requests: same(LONG) };
const withoutSteps = { role: server, requests: same(LONG, false) };

type Row = readonly [name: string, question: Question];

const rows: readonly Row[] = [
  ["proxy, hits: one hot key", { ...hits, ...BASE }],
  ["  16 in flight on each", { ...hits, ...DEEP }],
  ["  a connection for every request", { ...hits, ...ONE_EACH }],
  ["  one connection alone", { ...hits, ...ALONE }],
  ["proxy, hits: Zipf over all", {
    role: full,
    requests: zipf(ENTRIES - 1),
    ...BASE,
  }],
  ["proxy, misses", { role: proxy, requests: distinct(), ...BASE }],
  ["  --upstream-connections 32", {
    role: full,
    requests: distinct(ENTRIES),
    ...BASE,
  }],
  ["server, with steps", { ...withSteps, ...BASE }],
  ["  16 in flight on each", { ...withSteps, ...DEEP }],
  ["  a connection for every request", { ...withSteps, ...ONE_EACH }],
  ["  one connection alone", { ...withSteps, ...ALONE }],
  ["server, without steps", { ...withoutSteps, ...BASE }],
  ["  16 in flight on each", { ...withoutSteps, ...DEEP }],
];

console.log(`${machine()}

Over loopback, 32 connections unless noted; × is relative to an echo in the same
run, over plain TCP even if the role uses TLS. CPU is the role's time per answer;
busy is its share of a core: well below 100 %, the role is not the bottleneck.
The cache is full, with ${ENTRIES.toLocaleString("en")} answers, except that of
the proxy with TLS and that of the one without --upstream-connections.
`);
const table = new Table("", 34, [
  "answers/s",
  "×echo",
  "p50 ms",
  "×echo",
  "p99 ms",
  "×echo",
  "CPU µs",
  "×echo",
  "busy",
]);
for (const row of rows) await measure(row);
if (await canCertify()) {
  await using certified = await Certified.make();
  await using secured = await startTlsProxy(server, certified);
  const { ca } = certified;
  const hits = { role: secured, requests: same(LONG), ca };
  await measure(["proxy, hits over TLS", { ...hits, ...BASE }]);
  await measure(["  16 in flight on each", { ...hits, ...DEEP }]);
  await measure(["  a connection for every request", { ...hits, ...ONE_EACH }]);
} else {
  console.log("openssl is not installed: skipping TLS.");
}

/** Requests a number of different expressions, each once. */
async function fill({ address }: RoleProcess, count: number): Promise<void> {
  const requests = distinct();
  let left = count;
  const askInBatches = async () => {
    using pipeline = await Pipeline.connect(address);
    while (left > 0) {
      const batch = Math.min(left, DEEP.inFlight);
      left -= batch;
      await pipeline.ask(batch, requests);
      while (pipeline.inFlight > 0) await pipeline.answers([]);
    }
  };
  await Promise.all(Array.from({ length: DEEP.connections }, askInBatches));
}

async function measure([name, question]: Row): Promise<void> {
  const comparison = await compare(question);
  table.row(name, cells(comparison));
  reportErrors(comparison);
}

function cells({ role, echo }: Comparison): string[] {
  return [
    number(role.rate),
    ratio(role.rate, echo.rate),
    number(role.p50),
    ratio(role.p50, echo.p50),
    number(role.p99),
    ratio(role.p99, echo.p99),
    number(role.cpu),
    ratio(role.cpu, echo.cpu),
    percent(role.busy),
  ];
}
