/**
 * A failing watcher changes no answer, wherever it is installed.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { cached, ResponseStore } from "../lib/cache/mod.ts";
import { calculator } from "../lib/calculator.ts";
import { calculate } from "../lib/client/calculate.ts";
import { decodeResponse, encodeRequest } from "../lib/message/mod.ts";
import { type Address, forwardTo } from "../lib/net/mod.ts";
import type { Frame, Handler, Watch } from "../lib/protocol/mod.ts";
import { proxy } from "../lib/proxy.ts";
import { serve } from "../lib/serve.ts";
import { CLIENT } from "../tools/harness/client.ts";
import { complaints } from "../tools/harness/complaints.ts";
import { unusedAddress } from "../tools/harness/unused_address.ts";

const failing: Record<string, Watch<unknown>> = {
  throws() {
    throw new Error("a bug");
  },
  // @ts-expect-error: TypeScript refuses it.
  rejects: () => Promise.reject(new Error("a bug")),
};

/** Whether the answer to a request is right, a hit at the second time. */
async function assertAnswered(handler: Handler): Promise<void> {
  for (let time = 0; time < 2; time++) {
    const response: Frame = await handler(encodeRequest("6 * 7"), CLIENT);
    assertEquals(decodeResponse(response).result, "42");
  }
}

const watched: Record<
  string,
  (watch: Watch<unknown>, server: Address) => Promise<void>
> = {
  async serve(watch) {
    await using server = serve({ port: 0, watch }, calculator());
    assertEquals((await calculate(server.address, "6 * 7")).result, "42");
  },
  async calculate(watch, server) {
    assertEquals((await calculate(server, "6 * 7", { watch })).result, "42");
  },
  cached: (watch) =>
    assertAnswered(cached(calculator(), new ResponseStore(), { watch })),
  forwardTo: (watch, server) => assertAnswered(forwardTo(server, { watch })),
  proxy: (watch, server) => assertAnswered(proxy(server, { watch })),
  async "a proxy without a server"(watch) {
    const handler = proxy(unusedAddress(), { watch, attempts: 1 });
    const response = await handler(encodeRequest("6 * 7"), CLIENT);
    assertEquals(response.status, 500);
  },
};

for (const [how, watch] of Object.entries(failing)) {
  for (const [what, run] of Object.entries(watched)) {
    Deno.test(`watching: ${what} answers although its watcher ${how}`, async () => {
      using complained = complaints();
      await using server = serve({ port: 0 }, calculator());
      await run(watch, server.address);
      await new Promise((resolve) => setTimeout(resolve));
      assert(complained.lines.length > 0);
      for (const line of complained.lines) {
        assertEquals(line, "A watcher failed: Error: a bug");
      }
    });
  }
}
