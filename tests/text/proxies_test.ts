/**
 * The rules of docs/protocol.md about proxies.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { encodeRequest, encodeSuccess, pickle } from "../../lib/message/mod.ts";
import type { Frame, Header } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { type BarePeer, BareServer } from "../../tools/harness/bare_peer.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { errorIn, frameOf } from "./frames.ts";
import { Played, SEVEN } from "./played.ts";

Deno.test("proxies-1: a miss is forwarded unchanged", async () => {
  await new Played().run(async (played) => {
    played.answer();
    const header = { timeStamp: 77, maxAge: 9, status: 5 };
    await played.send(header);
    const [request] = played.asked;
    assertEquals(request?.bytes, frameOf(header, SEVEN).bytes);
  });
});

Deno.test("proxies-2: only a status of 500 makes an error Busy", async () => {
  await new Played().run(async (played) => {
    const passed = played.answer({ status: 503, cache: false }, busy.payload);
    assertEquals((await played.send()).bytes, passed.bytes);
  });
});

const success = encodeSuccess({ result: "3", steps: [] });
const busy = frameOf(
  { type: "response", status: 500, cache: false },
  Uint8Array.fromHex("82a46e616d65a442757379a76d657373616765a0"),
);
const untrusted = frameOf(
  { type: "response", status: 500, cache: false },
  Uint8Array.fromHex("82a46e616d65a9556e74727573746564a76d657373616765a0"),
);
const NO_RESPONSES: Record<string, Uint8Array> = {
  "a closed connection": new Uint8Array(),
  "half a header": success.bytes.slice(0, 6),
  "half a frame": success.bytes.slice(0, -1),
  "a length of 11": Uint8Array.fromHex("638f6081000b18c8ffff0000"),
  "a request": encodeRequest("1").bytes,
  "HTTP": new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"),
  "a TLS alert": Uint8Array.fromHex("15030100020246"),
  "Busy": busy.bytes,
  "Untrusted": untrusted.bytes,
};

for (const [what, bytes] of Object.entries(NO_RESPONSES)) {
  Deno.test(`proxies-4, proxies-7, caching-11: ${what} is no response, and leads to a ProxyError in the format of the request`, async () => {
    await using server = new BareServer(async (peer: BarePeer) => {
      await peer.frame();
      await peer.write(bytes);
    });
    const handler = proxy(server.address, { attempts: 2, retryDelay: 1 });
    for (const format of [undefined, pickle]) {
      const request = encodeRequest("1 + 2", format && { format });
      const response = await handler(request, CLIENT);
      const { status, cache, maxAge } = response;
      assertEquals([status, cache, maxAge], [500, false, 0]);
      assertEquals(errorIn(response).name, "ProxyError");
      assertEquals(response.payload[0] === 0x80, format === pickle);
    }
    // Only what has no first byte, and Busy, is tried again.
    const isRetried = bytes.length === 0 || what === "Busy";
    assertEquals(server.connections, isRetried ? 4 : 2);
  });
}

Deno.test("proxies-5: a server that cannot be reached is asked again, a limited number of times", async () => {
  let attempts = 0;
  const handler = proxy(unusedAddress(), {
    attempts: 3,
    retryDelay: 1,
    watch: ({ type }) => {
      if (type === "asking") attempts++;
    },
  });
  const response = await handler(encodeRequest("1 + 2"), CLIENT);
  assertEquals([errorIn(response).name, attempts], ["ProxyError", 3]);
});

/** Sends requests to a proxy at the same time, and answers each that is forwarded. */
async function coalesce(
  requests: readonly Frame[],
  answer: (count: number) => Frame | Promise<Frame>,
): Promise<{ responses: Frame[]; asked: number }> {
  let asked = 0;
  const arrived = Promise.withResolvers<void>();
  await using server = serve({ port: 0 }, async () => {
    const count = ++asked;
    await arrived.promise;
    return await answer(count);
  });
  const handler = proxy(server.address, { attempts: 1 });
  const pending = requests.map((request) => handler(request, CLIENT));
  arrived.resolve();
  return { responses: await Promise.all(pending), asked };
}

function seven(header: Partial<Header> = {}): Frame {
  return frameOf({ type: "response", status: 200, ...header }, SEVEN);
}

Deno.test("proxies-8, proxies-9: requests with one key share a response, those with max-age 0 do not", async () => {
  const plain = encodeRequest("1 + 2");
  const own = encodeRequest("1 + 2", { maxAge: 0 });
  const shared = await coalesce([plain, plain, plain], () => seven());
  assertEquals(shared.asked, 1);
  const { asked } = await coalesce([plain, own, own, plain], () => seven());
  assertEquals(asked, 3);
});

Deno.test("proxies-10: a server error is shared", async () => {
  const plain = encodeRequest("1 + 2");
  const failed = seven({ status: 500, cache: false });
  const { responses, asked } = await coalesce([plain, plain], () => failed);
  assertEquals([asked, responses.map(({ status }) => status)], [1, [500, 500]]);
});

Deno.test("proxies-11: requests for which a response was too old share one more, with the smallest max-age", async () => {
  const requests = [Infinity, 60, 30, 40]
    .map((maxAge) => encodeRequest("1 + 2", { maxAge }));
  const now = Math.floor(Date.now() / 1000);
  const shared = await coalesce(
    requests,
    (count) => seven({ timeStamp: count === 1 ? now - 1000 : now }),
  );
  assertEquals(shared.asked, 2);
  const example = await coalesce(
    requests,
    (count) => seven({ timeStamp: now - [1000, 50, 0][count - 1]! }),
  );
  // The first; then 30 for all; then 40 for itself.
  assertEquals(example.asked, 3);
  const old = await coalesce(requests, () => seven({ timeStamp: now - 1000 }));
  // The first; then 30 for all; then 40 and 60, each for itself.
  assertEquals(old.asked, 4);
  const uncacheable = await coalesce(requests, () => seven({ cache: false }));
  assertEquals(uncacheable.asked, 4);
});
