/**
 * Measures what the live page costs a proxy that answers hits: without the flag,
 * with it, and with 50 pages open.
 *
 * @module
 */

import { unusedAddress } from "../tools/harness/unused_address.ts";
import { compare, reportErrors } from "./comparison.ts";
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
× is relative to an echo in the same run.
`);

await using server = await startServer();
await using plain = await startProxy(server);
const { port } = unusedAddress();
await using watched = await startProxy(server, "--page", `${port}`);

const table = new Table("", 34, [
  "answers/s",
  "×echo",
  "CPU µs",
  "×echo",
  "busy",
]);
await measure("proxy", plain);
await measure("proxy --page, not open", watched);
const closing = new AbortController();
const reading = Array.from({ length: PAGES }, read);
await measure(`proxy --page, open ${PAGES} times`, watched);
closing.abort();
console.log(
  `  The pages were sent ${
    (await Promise.all(reading)).reduce((one, other) => one + other, 0)
      .toLocaleString("en")
  } bytes.`,
);

async function measure(name: string, role: typeof plain): Promise<void> {
  for (const shape of SHAPES) {
    const comparison = await compare({ role, requests: same(LONG), ...shape });
    const { role: figures, echo } = comparison;
    table.row(`${name}, ${shape.inFlight}`, [
      number(figures.rate),
      ratio(figures.rate, echo.rate),
      number(figures.cpu),
      ratio(figures.cpu, echo.cpu),
      percent(figures.busy),
    ]);
    reportErrors(comparison);
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
