import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { CacheFact } from "../lib/cache/mod.ts";
import { calculator } from "../lib/calculator.ts";
import type { Address, NoAnswerError } from "../lib/net/mod.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
  formatOf,
  messagePack,
  pickle,
  RemoteError,
} from "../lib/message/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { proxy, type ProxyOptions } from "../lib/proxy.ts";
import { serve } from "../lib/serve.ts";
import { BarePeer, BareServer } from "../tools/harness/bare_peer.ts";
import { unusedAddress } from "../tools/harness/unused_address.ts";
import { CLIENT } from "../tools/harness/client.ts";

const request = encodeRequest("1 + 2");
const answer = encodeSuccess({ result: "3", steps: [] });
const busy = encodeServerError({ name: "Busy", message: "" });

function frameOf(status: number, payload: Uint8Array): Frame {
  const caching = { cache: false, maxAge: 0, steps: false };
  return Frame.from(
    { timeStamp: 0, type: "response", status, ...caching },
    payload,
  );
}

/** A proxy's handler that notes what happens. */
function watched(server: Address, options: ProxyOptions = {}) {
  const outcomes: CacheFact["type"][] = [];
  const failures: NoAnswerError[] = [];
  const handler = proxy(server, {
    retryDelay: 1,
    timeout: 100,
    watch(fact) {
      switch (fact.type) {
        case "asking":
        case "upstream opened":
        case "sending":
        case "answered":
        case "upstream closed":
        case "no answer":
        case "resting":
        case "back":
        case "gone":
          break;
        case "failure":
          assertEquals([fact.client, fact.request], [CLIENT, request]);
          failures.push(fact.error);
          break;
        default:
          outcomes.push(fact.type);
      }
    },
    ...options,
  });
  return { handler, outcomes, failures };
}

function failure(response: Frame): string {
  const error = assertThrows(() => decodeResponse(response), RemoteError);
  assertEquals([error.status, error.name], [500, "ProxyError"]);
  assertEquals([response.cache, response.maxAge], [false, 0]);
  return error.message;
}

Deno.test("proxy: forwards a miss and stores the response", async () => {
  const server = serve({ port: 0 }, calculator());
  const { handler, outcomes } = watched(server.address);
  const first = await handler(request, CLIENT);
  await server.close();
  assertEquals(await handler(request, CLIENT), first);
  assertEquals(decodeResponse(first).result, "3");
  assertEquals(outcomes, ["stored", "hit"]);
});

Deno.test("proxy: a server that refuses is tried the given number of times, and reported once", async () => {
  const address = unusedAddress();
  const { handler, failures, outcomes } = watched(address, { attempts: 4 });
  const response = await handler(request, CLIENT);
  assertEquals(
    failure(response),
    "Internal proxy error: Connection refused by server " +
      "and the request was not in the cache or was stale",
  );
  assertEquals(
    failures.map(({ message }) => message),
    [`Connection refused by 127.0.0.1:${address.port} after 4 attempts`],
  );
  assertEquals(outcomes, []);
});

Deno.test("proxy: a failure is about its own request, even if the caller has reused its buffer", async () => {
  const { handler, failures } = watched(unusedAddress(), { attempts: 2 });
  const received = request.copy();
  const response = handler(received, CLIENT);
  received.bytes.fill(0x80, 12);
  // The watcher compares the requests.
  assertEquals(formatOf((await response).payload), messagePack);
  assertEquals(failures.length, 1);
});

Deno.test("proxy: a server that comes back is used again", async () => {
  const address = unusedAddress();
  const { handler } = watched(address, { attempts: 1 });
  failure(await handler(request, CLIENT));
  await using _server = serve({ port: address.port }, calculator());
  assertEquals(decodeResponse(await handler(request, CLIENT)).result, "3");
});

Deno.test("proxy: a failing server is tried again only if no part of an answer has arrived", async () => {
  const ways: [
    what: string,
    treat: ConstructorParameters<typeof BareServer>[0],
    attempts?: number,
  ][] = [
    ["Server closed the connection without an answer", async (peer) => {
      await peer.frame();
    }, 5],
    ["Server closed the connection without an answer", async () => {
      // With an unread request, closing resets the connection.
    }, 5],
    ["Server is busy", async (peer) => {
      await peer.write(busy.bytes);
    }, 5],
    ["Server is busy", async (peer) => {
      await peer.frame();
      await peer.write(busy.bytes);
    }, 5],
    ["Server sent an invalid response", async (peer) => {
      await peer.frame();
      await peer.write(request.bytes);
    }],
    ["Server closed the connection without an answer", async (peer) => {
      await peer.frame();
      await peer.write(answer.bytes.subarray(0, -1));
    }],
    ["Server sent an invalid response", async (peer) => {
      await peer.frame();
      await peer.write(new Uint8Array(100));
    }],
    ["Server did not answer in time", async (peer) => {
      await peer.frame();
      await peer.frame();
    }],
    ["Server did not answer in time", async (peer) => {
      await peer.frame();
      // All of it would take two seconds.
      for (const byte of answer.bytes) {
        await peer.write(Uint8Array.of(byte));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }],
  ];
  for (const [what, treat, attempts = 1] of ways) {
    let isWell = true;
    await using server = new BareServer(async (peer) => {
      if (!isWell) return await treat(peer).catch(() => {});
      await peer.frame();
      await peer.write(answer.bytes);
    });
    const { handler, failures } = watched(server.address);
    const known = encodeRequest("2 + 1");
    const hit = await handler(known, CLIENT);
    isWell = false;
    const response = await handler(request, CLIENT);
    assertStrictEquals(handler(known, CLIENT), hit);
    assertEquals(
      failure(response),
      `Internal proxy error: ${what} and the request was not in the cache or was stale`,
    );
    assertEquals([server.connections, failures.length], [1 + attempts, 1]);
    // Nothing has been stored.
    isWell = true;
    assertEquals(await handler(request, CLIENT), answer);
    assertEquals(server.connections, 2 + attempts);
  }
});

Deno.test("proxy: any other server error is passed on unchanged", async () => {
  const errors = [
    encodeServerError({ name: "InternalError", message: "" }),
    encodeServerError({ name: "Busy", message: "" }, { format: pickle }),
    frameOf(500, new Uint8Array()),
    frameOf(500, Uint8Array.of(0xc1)),
    frameOf(503, busy.payload),
  ];
  for (const error of errors) {
    await using server = new BareServer(async (peer) => {
      await peer.frame();
      await peer.write(error.bytes);
    });
    const { handler, failures } = watched(server.address);
    assertEquals(await handler(request, CLIENT), error);
    assertEquals([server.connections, failures.length], [1, 0]);
  }
});

Deno.test("proxy: hits are answered while a miss is pending", async () => {
  const waiting = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using server = serve({ port: 0 }, async (request, client) => {
    if (request.payload[0] === 0xa1) {
      waiting.resolve();
      await release.promise;
    }
    return calculator()(request, client);
  });
  const { handler } = watched(server.address, { timeout: 10_000 });
  await handler(request, CLIENT);
  const miss = handler(encodeRequest("7"), CLIENT);
  await waiting.promise;
  const hit = handler(request, CLIENT);
  assert(!(hit instanceof Promise));
  assertEquals(decodeResponse(hit).result, "3");
  release.resolve();
  assertEquals(decodeResponse(await miss).result, "7");
});

Deno.test("proxy: simultaneous misses share one request, even if some clients disconnect", async () => {
  const release = Promise.withResolvers<void>();
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    await release.promise;
    await peer.write(answer.bytes);
  });
  let received = 0;
  const all = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  await using between = serve({
    port: 0,
    watch({ type }) {
      if (type === "request" && ++received === 10) all.resolve();
      if (type === "closed") left.resolve();
    },
  }, proxy(server.address));
  const peers = await Promise.all(
    Array.from({ length: 10 }, () => BarePeer.connect(between.address)),
  );
  const [first, ...others] = peers;
  for (const peer of peers) await peer.write(request.bytes);
  await all.promise;
  first?.[Symbol.dispose]();
  release.resolve();
  for (const peer of others) assertEquals(await peer.frame(), answer);
  await left.promise;
  assertEquals(server.connections, 1);
  for (const peer of others) peer[Symbol.dispose]();
});

Deno.test("proxy: when its connections are closed, requests to the server are aborted, which is no failure", async () => {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    asked.resolve();
    await peer.frame();
    closed.resolve();
  });
  const seen: string[] = [];
  const watch = ({ type }: { type: string }) => void seen.push(type);
  const between = serve({ port: 0, watch }, proxy(server.address, { watch }));
  using peer = await BarePeer.connect(between.address);
  await peer.write(request.bytes);
  await asked.promise;
  await between.close();
  await closed.promise;
  assertEquals(await peer.frame().catch(() => undefined), undefined);
  const wrong = ["fault", "failure", "no answer", "response"];
  assertEquals(seen.filter((type) => wrong.includes(type)), []);
});
