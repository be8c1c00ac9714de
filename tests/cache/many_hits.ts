/** Replaces and uses a few responses of a store again and again; to be run with little memory. */

import { ResponseStore } from "../../lib/cache/mod.ts";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";

const store = new ResponseStore();
const requests = ["1", "2", "3"].map((text) => encodeRequest(text));
const responses = ["1", "2"].map((result) =>
  encodeSuccess({ result, steps: [] })
);
for (let time = 0; time < 250_000; time++) {
  for (const response of responses) {
    for (const request of requests) store.set(request, response);
  }
}
for (let time = 0; time < 1_000_000; time++) {
  for (const request of requests) store.get(request);
}
console.log(store.evicted);
