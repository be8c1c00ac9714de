/**
 * Puts the roles under load over loopback and compares them with an echo, which
 * only frames and answers. Times depend on the machine; ratios are portable.
 *
 * @module
 */

import {
  compare,
  type Comparison,
  type Question,
  reportErrors,
} from "./comparison.ts";
import { machine } from "./machine.ts";
import { startProxy, startServer } from "./process.ts";
import { distinct, LONG, same, zipf } from "./requests.ts";
import { number, percent, ratio, Table } from "./table.ts";

const BASE = { connections: 32, inFlight: 1 };
const DEEP = { connections: 32, inFlight: 16 };
const ONE_EACH = { connections: 32, inFlight: 1, oneEach: true };
const ALONE = { connections: 1, inFlight: 1 };

await using server = await startServer();
await using proxy = await startProxy(server);

const hits = { role: proxy, requests: same(LONG) };
const withSteps = { role: server, requests: same(LONG) };
const withoutSteps = { role: server, requests: same(LONG, false) };

const rows: readonly (readonly [name: string, question: Question])[] = [
  ["proxy, hits", { ...hits, ...BASE }],
  ["  16 in flight on each", { ...hits, ...DEEP }],
  ["  a connection for every request", { ...hits, ...ONE_EACH }],
  ["  one connection alone", { ...hits, ...ALONE }],
  ["proxy, misses", { role: proxy, requests: distinct(), ...BASE }],
  ["proxy, Zipf over 100,000", {
    role: proxy,
    requests: zipf(100_000),
    warmUp: 3,
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

Over loopback, 32 connections unless it says otherwise; × is to an echo in the
same run. CPU is the role's time per answer; busy, how much of a core it used:
well below 100 %, somebody else was the limit of the rate.
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
for (const [name, question] of rows) {
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
