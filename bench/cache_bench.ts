import { cached, DEFAULT_ENTRIES, ResponseStore } from "../lib/cache/mod.ts";
import { calculator } from "../lib/calculator.ts";
import { encodeRequest, encodeSuccess } from "../lib/message/mod.ts";
import { LONG } from "./requests.ts";
import { CLIENT } from "../tools/harness/client.ts";

const request = encodeRequest(LONG);
const unknown = encodeRequest("1 + 1");
const response = encodeSuccess({ result: "2", steps: [] });

const store = new ResponseStore();
for (let n = 1; n < DEFAULT_ENTRIES; n++) {
  store.set(encodeRequest(`${n} * 7`), response);
}
store.set(request, response);

Deno.bench("cache: look up what is there", () => {
  store.get(request);
});

Deno.bench("cache: look up what is not there", () => {
  store.get(unknown);
});

const full = new ResponseStore({ maxEntries: 2 });
const requests = ["1 + 1", "2 + 2", "3 + 3"].map((text) => encodeRequest(text));
let next = 0;

Deno.bench("cache: store in place of the oldest", () => {
  full.set(requests[next++ % requests.length]!, response);
});

const handler = cached(calculator(), store);

Deno.bench("cache: answer a request, fresh for both sides", () => {
  handler(request, CLIENT);
});
