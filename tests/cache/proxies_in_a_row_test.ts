import { assertEquals } from "@std/assert";
import { ResponseStore } from "../../lib/cache/mod.ts";
import { calculator } from "../../lib/calculator.ts";
import { encodeRequest } from "../../lib/message/mod.ts";
import { ask } from "../../lib/net/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { CLIENT } from "../../tools/harness/client.ts";

Deno.test("proxies in a row: simultaneous misses each get a response that is fresh on their own terms", async () => {
  const SECONDS = 7;
  let requests = 0;
  const compute = calculator();
  await using server = serve({ port: 0 }, (request, client) => {
    requests++;
    return compute(request, client);
  });
  const store = new ResponseStore();
  await using first = serve({ port: 0 }, proxy(server.address, { store }));
  await using second = serve({ port: 0 }, proxy(first.address));

  for (let n = 0; n < 20; n++) {
    const text = `${n} + 1`;
    const old = new Frame(
      (await compute(encodeRequest(text), CLIENT)).bytes.slice(),
    );
    const { timeStamp } = old;
    new DataView(old.bytes.buffer).setUint32(0, timeStamp - SECONDS);
    store.set(encodeRequest(text), old, timeStamp - SECONDS);
    requests = 0;
    const [patient, strict] = await Promise.all(
      [Infinity, 5].map((maxAge) =>
        ask(second.address, encodeRequest(text, { maxAge }))
      ),
    );
    assertEquals(patient?.payload, old.payload);
    const age = Math.floor(Date.now() / 1000) - (strict?.timeStamp ?? 0);
    assertEquals(age < 5, true, `${age} s`);
    assertEquals(requests, 1);
  }
});

Deno.test("proxies in a row: a response that is neither a success nor an error passes unchanged and is not stored", async () => {
  for (const status of [0, 100, 201, 503, 600, 1023]) {
    const odd = Frame.from({
      timeStamp: Math.floor(Date.now() / 1000),
      type: "response",
      cache: true,
      steps: false,
      status,
      maxAge: Infinity,
    }, Uint8Array.of(0xc0));
    let requests = 0;
    await using server = new BareServer(async (peer) => {
      requests++;
      await peer.frame();
      await peer.write(odd.bytes);
    });
    await using first = serve({ port: 0 }, proxy(server.address));
    await using second = serve(
      { port: 0 },
      proxy(first.address, { staleIfError: 60 }),
    );
    for (let time = 1; time <= 2; time++) {
      const response = await ask(second.address, encodeRequest("1 + 2"));
      assertEquals(response.bytes, odd.bytes);
      assertEquals(requests, time);
    }
  }
});
