/**
 * Measures how long a client of the server waits for `3 + 5`, on an open connection
 * and on a new one each time, while other clients keep the server busy.
 *
 * @module
 */

import type { Address } from "../lib/net/mod.ts";
import { machine } from "./machine.ts";
import { percentile } from "./percentile.ts";
import { Pipeline, type Requests } from "./pipeline.ts";
import { startServer } from "./process.ts";
import { same } from "./requests.ts";
import { number, Table } from "./table.ts";

/** The duration of the warm-up, in milliseconds. */
const WARM_UP = 1_000;

/** The duration of the measurement and the interval of requests, in milliseconds. */
const DURATION = 5_000;
const INTERVAL = 5;

/** Other clients, which send the same request without pause. */
interface Others {
  readonly count: number;
  readonly expression: string;
  /** Whether they read the answers. */
  readonly areReading: boolean;
}

const ROWS: readonly (readonly [name: string, others?: Others])[] = [
  ["no other clients"],
  ["1 streams 9**4500", { count: 1, expression: "9**4500", areReading: true }],
  ["32 stream 9**4500%7", {
    count: 32,
    expression: "9**4500%7",
    areReading: true,
  }],
  ["100 never read 9**4500", {
    count: 100,
    expression: "9**4500",
    areReading: false,
  }],
];

console.log(`${machine()}

Milliseconds until 3 + 5 is answered, every ${INTERVAL} ms; connecting counts.
`);
const table = new Table("Other clients", 26, [
  "open p50",
  "p99",
  "max",
  "new p50",
  "p99",
  "max",
]);
for (const [name, others] of ROWS) {
  const { open, each } = await waitsBeside(others);
  table.row(name, [...cells(open), ...cells(each)]);
}

/** Waiting times, on an open connection and on new ones, in milliseconds. */
interface Waits {
  readonly open: number[];
  readonly each: number[];
}

async function waitsBeside(others: Others | undefined): Promise<Waits> {
  await using server = await startServer();
  const { address } = server;
  const worker = others && startStreams(address, others);
  await pause(WARM_UP);
  using connection = await Pipeline.connect(address);
  const question = same("3 + 5");
  const waits: Waits = { open: [], each: [] };
  await Promise.all([
    everySoOften(() => waitOn(connection, question, waits.open)),
    everySoOften(async () => {
      const began = performance.now();
      using connection = await Pipeline.connect(address);
      await waitOn(connection, question, waits.each, began);
    }),
  ]);
  worker?.terminate();
  return waits;
}

function startStreams(
  { hostname, port }: Address,
  { count, expression, areReading }: Others,
): Worker {
  const url = new URL("streams.ts", import.meta.url);
  url.search = `${new URLSearchParams({
    hostname,
    port: `${port}`,
    count: `${count}`,
    expression,
    reading: `${areReading}`,
  })}`;
  return new Worker(url, { type: "module" });
}

async function waitOn(
  connection: Pipeline,
  question: Requests,
  waits: number[],
  began?: number,
): Promise<void> {
  await connection.ask(1, question, began);
  await connection.answers(waits);
}

async function everySoOften(act: () => Promise<void>): Promise<void> {
  const end = performance.now() + DURATION;
  while (performance.now() < end) {
    await act();
    await pause(INTERVAL);
  }
}

function cells(waits: number[]): string[] {
  const sorted = Float64Array.from(waits).sort();
  return [50, 99, 100].map((percent) => number(percentile(sorted, percent)));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
