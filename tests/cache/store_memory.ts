/**
 * Prints how many bytes an entry of a full store takes up after garbage
 * collection; to be run with `--expose-gc`.
 */

import { ResponseStore } from "../../lib/cache/mod.ts";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";

const ENTRIES = 100_000;

/** Memory in use after garbage collection. */
function inUse(): number {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") throw new Error("Needs --expose-gc");
  for (let time = 0; time < 3; time++) gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

const store = new ResponseStore({ maxEntries: ENTRIES, maxBytes: 2 ** 40 });
const before = inUse();
// Three times as many as there is room for: evicted entries must be freed.
for (let n = 0; n < 3 * ENTRIES; n++) {
  const request = encodeRequest(`${n}`.padStart(13, "0"));
  const response = encodeSuccess({ result: `${n}`.padStart(23), steps: [] });
  if (n === 0) console.log(request.bytes.length, response.bytes.length);
  store.set(request, response);
}
console.log(Math.round((inUse() - before) / ENTRIES));
console.log(store.stored - store.evicted);
