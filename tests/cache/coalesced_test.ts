import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { coalesced } from "../../lib/cache/mod.ts";
import {
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { type Client, Frame, type Header } from "../../lib/protocol/mod.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";
import { CLIENT } from "../../tools/harness/client.ts";

const request = encodeRequest("1 + 2");
const response = encodeSuccess({ result: "3", steps: [] });

/** A handler whose answers are given by the test, one after the other. */
function held() {
  const asked: PromiseWithResolvers<Frame>[] = [];
  const requests: Frame[] = [];
  const handler = coalesced((request) => {
    const answer = Promise.withResolvers<Frame>();
    asked.push(answer);
    requests.push(request);
    return answer.promise;
  }, { now: () => response.timeStamp });
  return { asked, requests, handler };
}

Deno.test("coalesced: simultaneous identical requests are forwarded once", async () => {
  const { asked, handler } = held();
  const answers = [
    handler(request, CLIENT),
    handler(encodeRequest("1 + 2", { maxAge: 60 }), CLIENT),
    handler(request, CLIENT),
  ];
  assertEquals(asked.length, 1);
  asked[0]?.resolve(response);
  assertEquals(await Promise.all(answers), [response, response, response]);
});

Deno.test("coalesced: different requests are each forwarded", async () => {
  const { asked, handler } = held();
  const answers = [
    handler(request, CLIENT),
    handler(encodeRequest("1 + 2", { steps: false }), CLIENT),
    handler(encodeRequest("1 + 3"), CLIENT),
  ];
  assertEquals(asked.length, 3);
  for (const answer of asked) answer.resolve(response);
  await Promise.all(answers);
});

Deno.test("coalesced: a request after the response is forwarded again", async () => {
  const { asked, handler } = held();
  const first = handler(request, CLIENT);
  asked[0]?.resolve(response);
  await first;
  const second = handler(request, CLIENT);
  assertEquals(asked.length, 2);
  asked[1]?.resolve(response);
  await second;
});

Deno.test("coalesced: a failure is shared, and the next request is forwarded again", async () => {
  const { asked, handler } = held();
  const answers = [handler(request, CLIENT), handler(request, CLIENT)];
  asked[0]?.reject(new Error("no server"));
  for (const answer of answers) {
    await assertRejects(() => Promise.resolve(answer), Error, "no server");
  }
  const next = handler(request, CLIENT);
  assertEquals(asked.length, 2);
  const error = encodeServerError({ name: "ProxyError", message: "no server" });
  const joined = handler(request, CLIENT);
  asked[1]?.resolve(error);
  assertEquals(await Promise.all([next, joined]), [error, error]);
  assertEquals(asked.length, 2);
});

Deno.test("coalesced: a request with max-age 0 is never coalesced", async () => {
  const { asked, handler } = held();
  const recompute = encodeRequest("1 + 2", { maxAge: 0 });
  const answers = [
    handler(request, CLIENT),
    handler(recompute, CLIENT),
    handler(recompute, CLIENT),
  ];
  assertEquals(asked.length, 3);
  for (const answer of asked) answer.resolve(response);
  await Promise.all(answers);
});

Deno.test("coalesced: a response that may not be cached is not shared", async () => {
  const { asked, handler } = held();
  const answers = [handler(request, CLIENT), handler(request, CLIENT)];
  const [own, other] = ["1.5", "1.7"].map((result) =>
    encodeSuccess({ result, steps: [] }, { cache: false })
  );
  asked[0]?.resolve(own ?? response);
  assertEquals(await answers[0], own);
  // The other one asks for itself as soon as it knows.
  await Promise.resolve();
  asked[1]?.resolve(other ?? response);
  assertEquals(await answers[1], other);
});

const NOW = response.timeStamp;

/** A response that is this old. */
function aged(seconds: number, maxAge = Infinity): Frame {
  return Frame.from({
    timeStamp: NOW - seconds,
    type: "response",
    cache: true,
    steps: true,
    status: 200,
    maxAge,
  }, Uint8Array.of(0x90));
}

function asking(maxAge: number): Frame {
  return encodeRequest("1 + 2", { maxAge });
}

Deno.test("coalesced: 20 requests with a max-age of inf or 60 are forwarded once", async () => {
  const { asked, handler } = held();
  const answers = Array.from(
    { length: 20 },
    (_, index) => handler(asking(index % 2 ? 60 : Infinity), CLIENT),
  );
  assertEquals(asked.length, 1);
  asked[0]?.resolve(response);
  for (const answer of answers) assertStrictEquals(await answer, response);
  assertEquals(asked.length, 1);
});

Deno.test("coalesced: requests for which the response is too old share a second one, with the strictest max-age", async () => {
  const { asked, requests, handler } = held();
  const maxAges = [Infinity, 5, 60, 3, 7, 8];
  const answers = maxAges.map((maxAge) => handler(asking(maxAge), CLIENT));
  const old = aged(7);
  asked[0]?.resolve(old);
  for (const index of [0, 2, 5]) assertStrictEquals(await answers[index], old);
  assertEquals(requests.map(({ maxAge }) => maxAge), [Infinity, 3]);
  // Who comes now joins them.
  const newcomer = handler(asking(Infinity), CLIENT);
  const young = aged(0);
  asked[1]?.resolve(young);
  for (const index of [1, 3, 4]) {
    assertStrictEquals(await answers[index], young);
  }
  assertStrictEquals(await newcomer, young);
  assertEquals(asked.length, 2);
});

Deno.test("coalesced: after a second response that is too old, each request is forwarded separately", async () => {
  const { asked, handler } = held();
  const answers = [Infinity, 5, 5, 5].map((maxAge) =>
    handler(asking(maxAge), CLIENT)
  );
  // The clock of upstream is behind.
  const old = aged(3600);
  asked[0]?.resolve(old);
  assertStrictEquals(await answers[0], old);
  assertEquals(asked.length, 2);
  asked[1]?.resolve(old);
  assertStrictEquals(await answers[1], old);
  assertEquals(asked.length, 4);
  for (const answer of asked) answer.resolve(old);
  for (const answer of answers) assertStrictEquals(await answer, old);
});

Deno.test("coalesced: a response that is stale on the server's terms is not shared", async () => {
  for (const stale of [aged(0, 0), aged(10, 10)]) {
    const { asked, handler } = held();
    const answers = [1, 2, 3].map(() => handler(request, CLIENT));
    asked[0]?.resolve(stale);
    assertStrictEquals(await answers[0], stale);
    assertEquals(asked.length, 3);
    for (const answer of asked) answer.resolve(response);
    assertStrictEquals(await answers[1], response);
    assertStrictEquals(await answers[2], response);
  }
});

Deno.test("coalesced: a response with a status that may not be stored is not shared", async () => {
  for (const status of [0, 100, 201, 600]) {
    const { asked, handler } = held();
    const answers = [handler(request, CLIENT), handler(request, CLIENT)];
    const bytes = response.bytes.slice();
    bytes[6] = bytes[6]! & 0b1111_1100 | status >> 8;
    bytes[7] = status & 0xff;
    const odd = new Frame(bytes);
    asked[0]?.resolve(odd);
    assertStrictEquals(await answers[0], odd);
    asked[1]?.resolve(response);
    assertStrictEquals(await answers[1], response);
  }
});

Deno.test("coalesced: a failure of the second request is shared", async () => {
  const { asked, handler } = held();
  const answers = [Infinity, 5, 6].map((maxAge) =>
    handler(asking(maxAge), CLIENT)
  );
  asked[0]?.resolve(aged(7));
  await answers[0];
  asked[1]?.reject(new Error("no server"));
  for (const answer of answers.slice(1)) {
    await assertRejects(async () => await answer, Error, "no server");
  }
  assertEquals(asked.length, 2);
  const next = handler(request, CLIENT);
  asked[2]?.resolve(response);
  assertStrictEquals(await next, response);
});

/** A client that can leave. */
function leaving(id: number) {
  const left = new AbortController();
  const closed = new AbortController();
  const listeners = [left.signal, closed.signal].map(listenersOf);
  const client: Client = {
    id,
    address: `127.0.0.1:${64_030 + id}`,
    signal: left.signal,
    closeSignal: closed.signal,
  };
  return {
    client,
    leave: () => left.abort(`client ${id} has left`),
    close: () => closed.abort(`client ${id} is gone`),
    /** How many listeners are left at its signals. */
    get listeners() {
      return listeners.reduce((sum, { count }) => sum + count, 0);
    },
  };
}

/** A handler that rejects when the signal of its client is aborted. */
function abortable() {
  const asked: (Client & PromiseWithResolvers<Frame>)[] = [];
  const handler = coalesced((_request, client) => {
    const answer = Promise.withResolvers<Frame>();
    const { signal } = client;
    signal?.addEventListener("abort", () => answer.reject(signal.reason));
    asked.push({ ...client, ...answer });
    return answer.promise;
  }, { now: () => response.timeStamp });
  return { asked, handler };
}

Deno.test("coalesced: a request goes on until all clients that wait for it have left", async () => {
  const { asked, handler } = abortable();
  const [first, second, third] = [leaving(1), leaving(2), leaving(3)];
  const answers = [first, second, third].map(({ client }) =>
    handler(request, client)
  );
  first.leave();
  third.leave();
  assertEquals(asked.map(({ id, address }) => [id, address]), [
    [1, first.client.address],
  ]);
  assertEquals(asked[0]?.signal?.aborted, false);
  asked[0]?.resolve(response);
  for (const answer of await Promise.all(answers)) {
    assertStrictEquals(answer, response);
  }
  // Listeners do not accumulate over the requests of a connection.
  assertEquals([first, second, third].map(({ listeners }) => listeners), [
    ...[0, 0, 0],
  ]);
});

Deno.test("coalesced: half-closed clients get their response, and no client joins them", async () => {
  const clients: Client[] = [];
  const answer = Promise.withResolvers<Frame>();
  const both = coalesced((_request, client) => {
    clients.push(client);
    return answer.promise;
  });
  const [first, second] = [leaving(1), leaving(2)];
  first.leave();
  const answers = [both(request, first.client), both(request, second.client)];
  assertEquals(clients.map(({ signal }) => signal?.aborted), [true, false]);
  first.close();
  assertEquals(clients.map(({ closeSignal }) => closeSignal?.aborted), [
    ...[true, false],
  ]);
  assertEquals(clients[0]?.closeSignal?.reason, "client 1 is gone");
  answer.resolve(response);
  for (const answer of answers) assertStrictEquals(await answer, response);
});

Deno.test("coalesced: when all have left, upstream is aborted with the reason, and no request joins", async () => {
  const { asked, handler } = abortable();
  const [first, second, third] = [leaving(1), leaving(2), leaving(3)];
  const gone = [first, second].map(({ client }) => handler(request, client));
  first.leave();
  second.leave();
  const answer = handler(request, third.client);
  const joined = handler(request, CLIENT);
  assertEquals(asked.length, 2);
  for (const each of gone) {
    const [settled] = await Promise.allSettled([each]);
    assertEquals(settled, { status: "rejected", reason: "client 2 has left" });
  }
  // The end of the first request does not hide the second.
  const last = handler(request, CLIENT);
  assertEquals(asked.length, 2);
  asked[1]?.resolve(response);
  for (const each of [answer, joined, last]) {
    assertStrictEquals(await each, response);
  }
});

Deno.test("coalesced: a client without a signal never leaves", async () => {
  const { asked, handler } = abortable();
  const first = leaving(1);
  const answers = [handler(request, first.client), handler(request, CLIENT)];
  first.leave();
  assertEquals(asked[0]?.signal?.aborted, false);
  asked[0]?.resolve(response);
  await Promise.all(answers);
});

Deno.test("coalesced: a second request goes on until all clients that wait for it have left", async () => {
  const { asked, handler } = abortable();
  const clients = [leaving(1), leaving(2), leaving(3)] as const;
  const [first, second, third] = clients;
  const strict = encodeRequest("1 + 2", { maxAge: 5 });
  const answers = [
    handler(request, first.client),
    handler(strict, second.client),
    handler(strict, third.client),
  ];
  const old = Frame.from(
    { ...headerOf(response), timeStamp: response.timeStamp - 10 },
    response.payload,
  );
  asked[0]?.resolve(old);
  assertStrictEquals(await answers[0], old);
  assertEquals(asked.length, 2);
  second.leave();
  assertEquals(asked[1]?.signal?.aborted, false);
  asked[1]?.resolve(response);
  assertStrictEquals(await answers[2], response);
});

function headerOf(frame: Frame): Header {
  const { timeStamp, type, cache, steps, status, maxAge } = frame;
  return { timeStamp, type, cache, steps, status, maxAge };
}
