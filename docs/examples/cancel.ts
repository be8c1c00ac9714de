// Cancels a request; the handler learns that its client has left.
// deno run -N docs/examples/cancel.ts

import { setTimeout } from "node:timers/promises";
import { calculate, calculator, type Handler, serve } from "@calculator/tcp";

const compute = calculator();

/** Takes a minute to answer, and stops when the client leaves. */
const slow: Handler = async (request, client) => {
  const { signal } = client;
  await setTimeout(60_000, undefined, { signal }).catch(() => {
    console.log("server: the client has left");
  });
  return compute(request, client);
};

await using server = serve({ port: 0 }, slow);
const signal = AbortSignal.timeout(1000);
const answer = calculate(server.address, "6 * 7", { signal });
console.log("client:", await answer.catch(String));
