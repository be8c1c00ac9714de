/**
 * The rules of docs/protocol.md about connections, frames and headers, at a server
 * and at a proxy in front of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodeResponse,
  encodeRequest,
  messagePack,
} from "../../lib/message/mod.ts";
import type { Frame } from "../../lib/protocol/mod.ts";
import { foreignProtocol } from "../../lib/net/foreign_protocol.ts";
import { serve } from "../../lib/serve.ts";
import { calculator } from "../../lib/calculator.ts";
import { proxy } from "../../lib/proxy.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { join } from "../../tools/harness/join.ts";
import { assertRefused, errorIn, frameOf } from "./frames.ts";
import { atBoth, exchange, withRoles } from "./roles.ts";

const one = encodeRequest("1 + 2");
const other = encodeRequest("3 * 4");

function results(frames: readonly Frame[]): string[] {
  return frames.map((frame) => decodeResponse(frame).result);
}

atBoth(
  "transport-2, transport-3, transport-4: requests that are pipelined and followed by a half-close are all answered, in their order",
  async (address) => {
    const frames = await exchange(address, join(one.bytes, other.bytes));
    assertEquals(results(frames), ["3", "12"]);
  },
);

atBoth(
  "framing-2: a frame may arrive in pieces, and several together",
  async (address) => {
    const bytes = join(one.bytes, other.bytes);
    for (const at of [1, 5, 12, one.bytes.length, one.bytes.length + 3]) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      assertEquals(results(await exchange(address, ...pieces)), ["3", "12"]);
    }
  },
);

atBoth(
  "framing-3, caching-10: a length below 12 is refused after the responses before it, and the connection is closed",
  async (address, role) => {
    for (const length of [0, 11]) {
      using peer = await BarePeer.connect(address);
      const bad = Uint8Array.fromHex("638f6081" + "0000" + "1c00ffff0000");
      bad[5] = length;
      await peer.write(join(one.bytes, bad, other.bytes));
      const first = await peer.frame();
      assert(first);
      assertEquals(decodeResponse(first).result, "3");
      assertRefused(await peer.frame(), role);
      assertEquals(await peer.frame(), undefined);
    }
  },
);

atBoth(
  "framing-4: a connection that ends in the middle of a frame gets an error",
  async (address, role) => {
    for (const at of [1, 11, one.bytes.length - 1]) {
      const [only, ...others] = await exchange(address, one.bytes.slice(0, at));
      assertRefused(only, role);
      assertEquals(others, []);
    }
  },
);

atBoth(
  "framing-5, payloads-8, caching-10: a response in place of a request is refused, and the next request answered",
  async (address, role) => {
    const response = frameOf({ type: "response" }, Uint8Array.of(0xa1, 0x31));
    const [refused, answered] = await exchange(
      address,
      join(response.bytes, one.bytes),
    );
    assertRefused(refused, role);
    assert(answered);
    assertEquals(decodeResponse(answered).result, "3");
  },
);

atBoth(
  "header-1: a response is stamped with the time, whatever the stamp of the request",
  async (address) => {
    for (const timeStamp of [0, 2 ** 32 - 1]) {
      const before = Math.floor(Date.now() / 1000);
      const payload = messagePack.encodeExpression("7 * 6");
      const sent = frameOf({ timeStamp, cache: false }, payload);
      const [response] = await exchange(address, sent.bytes);
      assert(response);
      assert(response.timeStamp >= before);
      assert(response.timeStamp <= Date.now() / 1000);
    }
  },
);

atBoth(
  "header-2: reserved bits, padding and the status of a request are ignored, and written as 0",
  async (address) => {
    const bytes = one.bytes.slice();
    bytes[6] = bytes[6]! | 0b1110_0011;
    bytes.fill(0xff, 7, 8);
    bytes.fill(0xff, 10, 12);
    const [odd, plain] = await exchange(address, join(bytes, one.bytes));
    assert(odd && plain);
    assertEquals(odd.payload, plain.payload);
    assertEquals(odd.bytes[6]! >> 5, 0);
    assertEquals([...odd.bytes.subarray(10, 12)], [0, 0]);
  },
);

Deno.test("header-3: without C, the max-age of a request counts as 0, and that of a response is written as 0", async () => {
  await withRoles(async ({ proxy }) => {
    const [random] = await exchange(proxy, encodeRequest("rand(0, 1)").bytes);
    assert(random);
    assertEquals([...random.bytes.subarray(8, 10)], [0, 0]);
  });
  let asked = 0;
  const handler = calculator();
  await using server = serve({ port: 0 }, (request, client) => {
    asked++;
    return handler(request, client);
  });
  await using between = serve({ port: 0 }, proxy(server.address));
  const bytes = encodeRequest("1 + 2", { cache: false }).bytes.slice();
  bytes.fill(0xff, 8, 10);
  await exchange(between.address, join(one.bytes, bytes, bytes, one.bytes));
  assertEquals(asked, 3);
});

atBoth(
  "header-4, steps-1: S is set if and only if there are steps",
  async (address) => {
    const frames = await exchange(
      address,
      join(
        one.bytes,
        encodeRequest("1 + 2", { steps: false }).bytes,
        encodeRequest("pi").bytes,
      ),
    );
    assertEquals(
      frames.map((frame) => [frame.steps, decodeResponse(frame).steps.length]),
      [[true, 2], [false, 0], [false, 0]],
    );
  },
);

atBoth("header-5: an error has S off", async (address) => {
  const [error] = await exchange(address, encodeRequest("1 / 0").bytes);
  assert(error);
  assertEquals([error.status, error.steps], [400, false]);
});

Deno.test("header-6: successes and errors have the server's terms, whatever those of the request", async () => {
  await withRoles(async ({ server }) => {
    for (const expression of ["1", "1 / 0", "1 +", "9 ** 9 ** 9"]) {
      for (const terms of [{ cache: false }, { maxAge: 7 }]) {
        const sent = encodeRequest(expression, terms);
        const [response] = await exchange(server, sent.bytes);
        assert(response);
        assertEquals([response.cache, response.maxAge], [true, 60], expression);
      }
    }
  }, { maxAge: 60 });
});

Deno.test("transport-7: HTTP and TLS are recognized by their first bytes, and no frame made today begins like them", () => {
  const starts: Record<string, string | undefined> = {
    "GET /": "HTTP",
    "CHECKINXYZ *": "HTTP",
    "PUT _": "HTTP",
    "GET 1": "HTTP",
    "HTTP/1": "HTTP",
    "GO /": undefined,
    "CHECKINWXYZ /": undefined,
    "Get /": undefined,
    "GET  /": undefined,
    "GET ?": undefined,
    "GET": undefined,
    "HTTP/x": undefined,
    "\x16\x03\x00\xff\xff\x01": "TLS",
    "\x16\x03\x04\x00\x00\x01": "TLS",
    "\x16\x03\x05\x00\x00\x01": undefined,
    "\x16\x02\x01\x00\x00\x01": undefined,
    "\x16\x03\x01\x00\x00\x02": undefined,
    "\x15\x03\x01\x00\x02": "TLS",
    "\x15\x03\x01\x00\x03": undefined,
    "\x17\x03\x01\x00\x02": undefined,
  };
  for (const [start, protocol] of Object.entries(starts)) {
    const bytes = Uint8Array.from(start, (letter) => letter.charCodeAt(0));
    assertEquals(foreignProtocol(bytes), protocol, JSON.stringify(start));
  }
  const since2018 = Date.UTC(2018, 0, 14) / 1000;
  fc.assert(
    fc.property(
      fc.integer({ min: since2018, max: 2 ** 32 - 1 }),
      fc.stringMatching(/^[A-Z]{0,6} ?[/*\w]$/),
      (timeStamp, text) => {
        const bytes = new TextEncoder().encode(`????${text}`);
        new DataView(bytes.buffer).setUint32(0, timeStamp);
        assertEquals(foreignProtocol(bytes), undefined);
      },
    ),
  );
});

Deno.test("transport-5: a client beyond the limit gets Busy without a request, and its connection is closed", async () => {
  await using server = serve({ port: 0, maxConnections: 1 }, async () => {
    await closed.promise;
    return await calculator()(one, { id: 1, address: "" });
  });
  const closed = Promise.withResolvers<void>();
  using busy = await BarePeer.connect(server.address);
  await busy.write(one.bytes);
  for (;;) {
    using late = await BarePeer.connect(server.address);
    const response = await late.frame();
    // Until its request has been read, the first client is idle and makes room.
    if (!response) continue;
    const { name } = errorIn(response);
    assertEquals([response.status, response.cache, name], [500, false, "Busy"]);
    assertEquals(await late.frame(), undefined);
    break;
  }
  closed.resolve();
});
