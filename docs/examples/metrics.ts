// A proxy that counts what happens, for Prometheus to read over HTTP.
// deno run -N docs/examples/metrics.ts 127.0.0.1:9999 9998 9100

import { proxy, ResponseStore, serve } from "@calculator/tcp";
import { parseAddress } from "@calculator/tcp/net";

const [server = "127.0.0.1:9999", port = "9998", http = "9100"] = Deno.args;
const address = parseAddress(server);
if (!address) throw new TypeError(`Expected HOST:PORT: found "${server}"`);

const counts = new Map<string, number>();
function watch({ type }: { type: string }): void {
  counts.set(type, (counts.get(type) ?? 0) + 1);
}

const store = new ResponseStore();
serve({ port: Number(port), watch }, proxy(address, { store, watch }));
Deno.serve({
  hostname: "127.0.0.1",
  port: Number(http),
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/metrics`),
}, () => {
  const lines = ["# TYPE calculator_facts_total counter"];
  for (const [type, count] of counts) {
    lines.push(`calculator_facts_total{type="${type}"} ${count}`);
  }
  lines.push("# TYPE calculator_cached_responses gauge");
  lines.push(`calculator_cached_responses ${store.size}`, "");
  return new Response(lines.join("\n"));
});
