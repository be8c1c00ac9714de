/**
 * Measures what the live page costs a proxy that answers hits: without the flag,
 * with it, and with 50 pages open.
 *
 * @module
 */

import { unusedAddress } from "../tools/harness/unused_address.ts";
import { inTurns } from "./comparison.ts";
import { machine } from "./machine.ts";
import { startProxy, startServer } from "./process.ts";
import { LONG, same } from "./requests.ts";
import { number, percent, ratio, Table } from "./table.ts";

const SHAPES = [
  { connections: 32, inFlight: 1 },
  { connections: 32, inFlight: 16 },
];

/** How many pages are open. */
const PAGES = 50;

console.log(`${machine()}

Hits of one key over 32 connections, with 1 and with 16 requests in flight on each;
× is relative to a proxy without --page in the same run. Busy is its share of a core.
`);

await using server = await startServer();
await using plain = await startProxy(server);
const { port } = unusedAddress();
await using watched = await startProxy(server, "--page", `${port}`);

const table = new Table("", 34, [
  "answers/s",
  "×plain",
  "CPU µs",
  "×plain",
  "busy",
]);
await measure("proxy --page, not open");
const closing = new AbortController();
const reading = Array.from({ length: PAGES }, read);
await measure(`proxy --page, open ${PAGES} times`);
closing.abort();
console.log(
  `  The pages were sent ${
    (await Promise.all(reading)).reduce((one, other) => one + other, 0)
      .toLocaleString("en")
  } bytes.`,
);

/** Compares a proxy with the page to one without. */
async function measure(name: string): Promise<void> {
  for (const shape of SHAPES) {
    const load = { requests: same(LONG), slices: 8, ...shape };
    const [without, figures] = await inTurns(
      { ...load, role: plain },
      { ...load, role: watched },
    );
    table.row(`${name}, ${shape.inFlight}`, [
      number(figures.rate),
      ratio(figures.rate, without.rate),
      number(figures.cpu),
      ratio(figures.cpu, without.cpu),
      percent(figures.busy),
    ]);
    const errors = figures.errors + without.errors;
    if (errors === 0) continue;
    console.log(`  ${errors} answers were missing or wrong.`);
    Deno.exitCode = 1;
  }
}

/** Reads the facts until the end, and returns how many bytes came. */
async function read(): Promise<number> {
  const { signal } = closing;
  const response = await fetch(`http://127.0.0.1:${port}/facts`, { signal });
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) bytes += chunk.length;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return bytes;
}
