// A server and a proxy in one process: watches a miss and a hit.
// deno run -N docs/examples/watched_proxy.ts

import { calculate, calculator, proxy, serve } from "@calculator/tcp";

await using server = serve({ port: 0 }, calculator());
const handler = proxy(server.address, {
  watch: (fact) => console.log("proxy:", fact.type),
});
await using cache = serve({ port: 0 }, handler);

// Both are sent in canonical text, so they share a cache entry.
for (const expression of ["max(2, 3) + 3", "max(2,3)+3"]) {
  const { result } = await calculate(cache.address, expression);
  console.log("client:", result);
}
