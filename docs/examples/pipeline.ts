// Sends 20,000 requests over one connection, without waiting for each response.
// deno run -N docs/examples/pipeline.ts 127.0.0.1:9999

import { connect, decodeResponse, encodeRequest } from "@calculator/tcp";
import { parseAddress } from "@calculator/tcp/net";

const [server = "127.0.0.1:9999"] = Deno.args;
const address = parseAddress(server);
if (!address) throw new TypeError(`Expected HOST:PORT: found "${server}"`);

function* requests() {
  for (let n = 1; n <= 20_000; n++) {
    yield encodeRequest(`1 / (${n} ** 2)`, { steps: false });
  }
}

using connection = await connect(address);
let [count, sum] = [0, 0];
// Responses come in the order of the requests, 64 of which may be in flight.
for await (const response of connection.pipeline(requests())) {
  sum += Number(decodeResponse(response).result);
  count++;
}
console.log(`${count} answers, with a sum of ${sum}: about pi ** 2 / 6`);
