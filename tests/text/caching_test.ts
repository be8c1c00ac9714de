/**
 * The rules of docs/protocol.md about caching, at a proxy on a port in front of
 * a server that gives any response.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import { decodeResponse, encodeRequest } from "../../lib/message/mod.ts";
import { ask } from "../../lib/net/mod.ts";
import { Frame, type Header } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { tableBelow } from "./document.ts";
import { errorIn } from "./frames.ts";
import { NOON, Played } from "./played.ts";
import { withRoles } from "./roles.ts";

Deno.test("caching-1: the key is the payload and S, and the payload is not decoded", async () => {
  await new Played().run(async (played) => {
    played.answer();
    const payloads = ["a137", "d90137", "c1", "80", ""];
    for (const payload of payloads.map(Uint8Array.fromHex)) {
      for (const steps of [true, false]) {
        const before = played.asked.length;
        await played.send({ steps }, payload);
        await played.send({ steps, timeStamp: 5, maxAge: 70 }, payload);
        assertEquals(played.asked.length, before + 1);
      }
    }
  });
});

Deno.test("caching-2: a response from a clock that runs ahead is as old as its time in the cache", async () => {
  await new Played().run(async (played) => {
    const rows = tableBelow("caching-2", "now");
    const stamp = Number(rows[0]?.["now − time stamp"]?.replace("−", "-"));
    assertEquals(stamp, -3600);
    played.answer({ timeStamp: NOON - stamp, maxAge: 2 });
    for (const row of rows) {
      played.now = NOON + Number(row["now − received"]);
      const before = played.asked.length;
      await played.send();
      const isHit = played.asked.length === before;
      assertEquals(isHit, row[""] === "a hit", JSON.stringify(row));
    }
  });
});

Deno.test("caching-2: times are rounded down before they are subtracted", async () => {
  await new Played().run(async (played) => {
    played.now = NOON + 0.9;
    played.answer({ timeStamp: NOON + 60, maxAge: 1 });
    await played.send();
    played.now = NOON + 0.99;
    await played.send();
    assertEquals(played.asked.length, 1);
    played.now = NOON + 1;
    await played.send();
    assertEquals(played.asked.length, 2);
  });
});

Deno.test("caching-2: if the proxy's clock is set back, the time before still counts", async () => {
  await new Played().run(async (played) => {
    played.answer({ maxAge: 10 });
    await played.send();
    played.now += 5;
    await played.send();
    played.now -= 1000;
    await played.send();
    played.now += 4;
    await played.send();
    assertEquals(played.asked.length, 1);
    played.now += 1;
    await played.send();
    assertEquals(played.asked.length, 2);
  });
});

Deno.test("caching-3, caching-6: a request with max-age 0 or C off is never answered from the cache", async () => {
  await new Played().run(async (played) => {
    const first = played.answer();
    await played.send();
    played.answer({ timeStamp: 1 });
    await played.send({ maxAge: 0 });
    await played.send({ cache: false });
    assertEquals(played.asked.length, 3);
    const { bytes } = await played.send();
    assertEquals([bytes, played.asked.length], [first.bytes, 3]);
  });
});

Deno.test("caching-4: a stored response is sent unchanged, while it is fresh for the request", async () => {
  await new Played().run(async (played) => {
    const stored = played.answer({ maxAge: 60, status: 400, steps: true });
    await played.send();
    played.now += 29;
    assertEquals((await played.send({ maxAge: 30 })).bytes, stored.bytes);
    assertEquals(played.asked.length, 1);
    played.now += 1;
    played.answer({ cache: false });
    await played.send({ maxAge: 30 });
    assertEquals(played.asked.length, 2);
    played.now += 29;
    assertEquals((await played.send()).bytes, stored.bytes);
    played.now += 1;
    await played.send();
    assertEquals(played.asked.length, 3);
  });
});

Deno.test("caching-5, caching-11, proxies-2: any response is passed on unchanged, and stored if both sides and its status allow it", async () => {
  const statuses = [0, 1, 100, 199, 200, 201, 300, 399]
    .concat([400, 404, 499, 500, 503, 599, 600, 1023]);
  await new Played().run(async (played) => {
    let count = 0;
    for (const status of statuses) {
      for (const [mine, theirs] of [[1, 1], [1, 0], [0, 1]]) {
        for (const age of [0, 5]) {
          const response = played.answer({
            status,
            cache: theirs === 1,
            maxAge: theirs === 1 ? 5 : 0,
            timeStamp: played.now - age,
          });
          const payload = Uint8Array.of(0xcd, count >> 8, count++);
          const before = played.asked.length;
          const terms = mine === 1 ? {} : { cache: false, maxAge: 0 };
          const passed = await played.send(terms, payload);
          assertEquals(passed.bytes, response.bytes);
          await played.send({}, payload);
          const isStored = played.asked.length === before + 1;
          const mayBeStored = status === 200 || status >= 400 && status < 500;
          const what = `status ${status}, C ${mine} ${theirs}, age ${age}`;
          const both = mine === 1 && theirs === 1;
          assertEquals(isStored, both && mayBeStored && age === 0, what);
        }
      }
    }
  });
});

Deno.test("caching-6: a new response replaces an older one", async () => {
  await new Played().run(async (played) => {
    played.answer();
    await played.send();
    played.now++;
    const newer = played.answer();
    await played.send({ maxAge: 1 });
    assertEquals((await played.send()).bytes, newer.bytes);
    assertEquals(played.asked.length, 2);
  });
});

for (const failure of ["no response", 500, 599] as const) {
  Deno.test(`caching-7: after ${failure}, a stale response is used up to the last second of the limit`, async () => {
    const played = new Played({ staleIfError: 10 });
    await played.run(async () => {
      const stored = played.answer({ maxAge: 60 });
      await played.send();
      const at = async (age: number, header: Partial<Header> = {}) => {
        played.now = NOON + age;
        if (failure === "no response") played.response = undefined;
        else played.answer({ status: failure });
        const { bytes } = await played.send(header);
        return bytes.toHex() === stored.bytes.toHex();
      };
      assertEquals(await at(29, { maxAge: 30 }), true);
      assertEquals(await at(39, { maxAge: 30 }), true);
      assertEquals(await at(40, { maxAge: 30 }), false);
      assertEquals(await at(60), true);
      assertEquals(await at(69, { cache: false }), false);
      assertEquals(await at(69, { maxAge: 0 }), false);
      assertEquals(await at(69), true);
      assertEquals(await at(70), false);
    });
  });
}

Deno.test("caching-9: C is off if rand is called, even if it is never reached, and on if the expression cannot be read", async () => {
  const expressions = {
    "rand(0, 1)": false,
    "rand(0, 1) / 0": false,
    "1 / 0 + rand(0, 1)": false,
    "rand(0, 1) +": true,
    "rand(0)": true,
  };
  await withRoles(async ({ server }) => {
    for (const [expression, cache] of Object.entries(expressions)) {
      const response = await ask(server, encodeRequest(expression));
      assertEquals(response.cache, cache, expression);
    }
  });
});

Deno.test("caching-11: an internal fault has C off", async () => {
  await using server = serve({ port: 0 }, () => {
    throw new Error("a fault, which the log shows");
  });
  const fault = await ask(server.address, encodeRequest("1 + 2"));
  assertEquals([fault.status, fault.cache, fault.maxAge], [500, false, 0]);
  assertEquals(errorIn(fault).name, "InternalError");
});

Deno.test("caching-12: a cache behind a cache gives a response the same age", async () => {
  let now = NOON;
  let asked = 0;
  await using server = serve({ port: 0 }, (request, client) => {
    asked++;
    const response = calculator({ maxAge: 10 })(request, client);
    assert(response instanceof Frame);
    const bytes = response.bytes.slice();
    new DataView(bytes.buffer).setUint32(0, now);
    return new Frame(bytes);
  });
  const options = { now: () => now };
  await using inner = serve({ port: 0 }, proxy(server.address, options));
  const outer = () => proxy(inner.address, options);
  await outer()(encodeRequest("1 + 2"), CLIENT);
  now += 9;
  const second = outer();
  await second(encodeRequest("1 + 2"), CLIENT);
  assertEquals(asked, 1);
  now += 1;
  const response = await second(encodeRequest("1 + 2"), CLIENT);
  assertEquals(decodeResponse(response).result, "3");
  assertEquals(asked, 2);
});
