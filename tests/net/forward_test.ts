import { assert, assertEquals, assertRejects } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import {
  type Address,
  connect,
  type ForwardOptions,
  forwardTo,
  NoAnswerError,
  serve,
  type ServeFact,
} from "../../lib/net/mod.ts";
import { type Client, Frame, type Handler } from "../../lib/protocol/mod.ts";
import { refusal } from "../../lib/refusal.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";
import { join } from "../../tools/harness/join.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import { type BarePeer, BareServer } from "../../tools/harness/bare_peer.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { complaints } from "../../tools/harness/complaints.ts";

const request = encodeRequest("1 + 2");
const answer = encodeSuccess({ result: "3", steps: [] });
const busy = encodeServerError({ name: "Busy", message: "" });

/** A delay that no test would live to see the end of. */
const FOR_EVER = 2 ** 31 - 1;

/** A server that does one thing on its first connection, another on the next, and at last answers. */
function serverThat(
  ...ways: ((peer: BarePeer) => Promise<void>)[]
): BareServer {
  return new BareServer(async (peer) => {
    const way = ways.shift();
    if (way) return await way(peer);
    while (await peer.frame()) await peer.write(answer.bytes);
  });
}

const close = () => Promise.resolve();
const closeUnanswered = async (peer: BarePeer) => void await peer.frame();
const sendBusy = (peer: BarePeer) => peer.write(busy.bytes);

async function failureOf(
  handler: Handler,
): Promise<[reason: string, phase: string, message: string]> {
  const { reason, phase, message } = await assertRejects(
    async () => await handler(request, CLIENT),
    NoAnswerError,
  );
  return [reason, phase, message];
}

Deno.test("forwardTo: a connection closed before the answer is tried again at once", async () => {
  for (const way of [close, closeUnanswered]) {
    await using server = serverThat(way);
    const handler = forwardTo(server.address, { retryDelay: FOR_EVER });
    assertEquals(await handler(request, CLIENT), answer);
    assertEquals(server.connections, 2);
  }
});

Deno.test("forwardTo: a retry sends the same request, even if the caller has reused its buffer", async () => {
  const received: Frame[] = [];
  await using server = serverThat(closeUnanswered, async (peer) => {
    const frame = await peer.frame();
    if (frame) received.push(frame.copy());
    await peer.write(answer.bytes);
  });
  const handler = forwardTo(server.address);
  const buffer = request.bytes.slice();
  const response = handler(new Frame(buffer), CLIENT);
  buffer.set(encodeRequest("2 + 2").bytes);
  await response;
  assertEquals(received, [request]);
});

Deno.test("forwardTo: from the second time on, there is a delay", async () => {
  await using server = serverThat(close, closeUnanswered, close);
  const handler = forwardTo(server.address, { retryDelay: 50 });
  const start = performance.now();
  assertEquals(await handler(request, CLIENT), answer);
  assertEquals(server.connections, 4);
  assertEquals(performance.now() - start > 90, true);
});

Deno.test("forwardTo: a busy server is tried again like one that refuses, after the delay", async () => {
  await using server = serverThat(sendBusy, sendBusy);
  const handler = forwardTo(server.address, { refusal, retryDelay: 50 });
  const start = performance.now();
  assertEquals(await handler(request, CLIENT), answer);
  assertEquals(server.connections, 3);
  assertEquals(performance.now() - start > 90, true);
});

Deno.test("forwardTo: each attempt is a fact, and each frame that is sent or received", async () => {
  await using server = serverThat(close, sendBusy);
  const seen: string[] = [];
  const handler = forwardTo(server.address, {
    retryDelay: 1,
    refusal,
    watch(fact) {
      assert("client" in fact);
      assertEquals([fact.client, fact.upstream], [CLIENT, server.address]);
      switch (fact.type) {
        case "asking":
          assertEquals(fact.request, request);
          return seen.push(`attempt ${fact.attempt}`);
        case "sending":
          assertEquals(fact.request, request);
          return seen.push("sending");
        case "answered":
          return seen.push(`status ${fact.response.status}`);
        case "no answer":
          return seen.push(fact.error.reason);
      }
    },
  });
  await handler(request, CLIENT);
  assertEquals(seen, [
    ...["attempt 1", "sending", "closed"],
    ...["attempt 2", "sending", "status 500", "busy"],
    ...["attempt 3", "sending", "status 200"],
  ]);
});

Deno.test("forwardTo: where no connection is made, nothing is sent", async () => {
  const seen: string[] = [];
  const handler = forwardTo(unusedAddress(), {
    attempts: 1,
    watch: ({ type }) => seen.push(type),
  });
  await failureOf(handler);
  assertEquals(seen, ["asking", "no answer"]);
});

Deno.test("forwardTo: a request too long to be written whole still learns that the server is busy", async () => {
  const long = encodeRequest("1".repeat(65_000));
  await using server = serverThat(...Array(20).fill(sendBusy));
  const handler = forwardTo(server.address, {
    attempts: 20,
    retryDelay: 1,
    refusal,
  });
  await assertRejects(async () => await handler(long, CLIENT), NoAnswerError);
  assertEquals(server.connections, 20);
});

Deno.test("forwardTo: only a response with status 500 may be a refusal", async () => {
  await using server = serverThat();
  const handler = forwardTo(server.address, {
    refusal: (_, peer) => new NoAnswerError("busy", peer),
  });
  assertEquals(await handler(request, CLIENT), answer);
});

Deno.test("forwardTo: a name that does not resolve is tried again", async () => {
  const handler = forwardTo(
    { hostname: "host.invalid", port: 9999 },
    { attempts: 3, retryDelay: 1 },
  );
  const [reason, phase, message] = await failureOf(handler);
  assertEquals([reason, phase], ["unreachable", "connecting"]);
  assertEquals(message.slice(-17), " after 3 attempts");
});

Deno.test({
  name: "forwardTo: connecting is tried again if it times out",
  // Elsewhere, a listener whose backlog is full refuses.
  ignore: Deno.build.os !== "linux",
  async fn() {
    using full = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
    const waiting: Disposable[] = [];
    const options = { connectTimeout: 100 };
    await assertRejects(async () => {
      for (;;) waiting.push(await connect(full.addr, options));
    }, NoAnswerError);
    const handler = forwardTo(full.addr, {
      ...options,
      attempts: 3,
      retryDelay: 1,
    });
    const [reason, phase, message] = await failureOf(handler);
    assertEquals([reason, phase], ["timed out", "connecting"]);
    assertEquals(message.slice(-30), " within 0.1 s after 3 attempts");
    for (const connection of waiting) connection[Symbol.dispose]();
  },
});

Deno.test("forwardTo: a request is not retried once an answer has begun", async () => {
  const ways: [
    reason: string,
    phase: string,
    way: (peer: BarePeer) => Promise<void>,
  ][] = [
    ["closed", "answering", async (peer) => {
      await peer.frame();
      await peer.write(answer.bytes.subarray(0, 1));
    }],
    ["closed", "answering", async (peer) => {
      // Not read, the request makes this a reset.
      await peer.write(answer.bytes.subarray(0, 13));
    }],
    ["garbled", "answering", async (peer) => {
      await peer.frame();
      await peer.write(new Uint8Array(12));
    }],
    ["timed out", "waiting", async (peer) => {
      await peer.frame();
      await peer.frame();
    }],
    ["timed out", "answering", async (peer) => {
      await peer.frame();
      await peer.write(answer.bytes.subarray(0, 13));
      await peer.frame();
    }],
  ];
  for (const [reason, phase, way] of ways) {
    await using server = serverThat(way);
    const handler = forwardTo(server.address, { timeout: 100 });
    const [...failure] = await failureOf(handler);
    assertEquals(failure.slice(0, 2), [reason, phase]);
    assertEquals(server.connections, 1);
  }
});

/** A handler that keeps connections, and closes them at the end. */
function keeping(
  address: Address,
  options: ForwardOptions = {},
): Disposable & { readonly handler: Handler } {
  const closing = new AbortController();
  const { signal } = closing;
  // Neither a second attempt nor a delay: what has been kept must not need any.
  const handler = forwardTo(address, {
    attempts: 1,
    maxIdleConnections: 1,
    signal,
    ...options,
  });
  return { handler, [Symbol.dispose]: () => closing.abort() };
}

Deno.test("forwardTo: a kept connection serves one request after the other", async () => {
  await using server = serverThat();
  using upstream = keeping(server.address);
  for (let asked = 0; asked < 3; asked++) {
    assertEquals(await upstream.handler(request, CLIENT), answer);
  }
  assertEquals(server.connections, 1);
});

Deno.test("forwardTo: if none are kept, each request has a connection, closed before the answer", async () => {
  let open = 0;
  await using server = new BareServer(async (peer) => {
    open++;
    while (await peer.frame()) await peer.write(answer.bytes);
    open--;
  });
  const handler = forwardTo(server.address);
  for (let asked = 1; asked <= 3; asked++) {
    assertEquals(await handler(request, CLIENT), answer);
    assertEquals(server.connections, asked);
  }
  while (open > 0) await new Promise((resolve) => setTimeout(resolve));
});

Deno.test("forwardTo: at most maxIdleConnections are kept", async () => {
  let open = 0;
  let asked = 0;
  const all = Promise.withResolvers<void>();
  await using server = new BareServer(async (peer) => {
    open++;
    while (await peer.frame()) {
      if (++asked === 5) all.resolve();
      await all.promise;
      await peer.write(answer.bytes);
    }
    open--;
  });
  using upstream = keeping(server.address, { maxIdleConnections: 2 });
  const { handler } = upstream;
  await Promise.all(Array.from({ length: 5 }, () => handler(request, CLIENT)));
  while (open > 2) await new Promise((resolve) => setTimeout(resolve));
  await Promise.all([handler(request, CLIENT), handler(request, CLIENT)]);
  assertEquals([server.connections, open], [5, 2]);
});

Deno.test("forwardTo: the connection that was used last is used next", async () => {
  const used: number[] = [];
  await using server = new BareServer(async (peer) => {
    const { port } = peer.tcp.remoteAddr;
    while (await peer.frame()) {
      used.push(port);
      await peer.write(answer.bytes);
    }
  });
  using upstream = keeping(server.address, { maxIdleConnections: 2 });
  const { handler } = upstream;
  await Promise.all([handler(request, CLIENT), handler(request, CLIENT)]);
  await handler(request, CLIENT);
  const last = used.at(-1);
  await handler(request, CLIENT);
  assertEquals(used.at(-1), last);
});

Deno.test("forwardTo: a server that restarts costs a kept connection, but no attempt", async () => {
  const first = serve({ port: 0 }, calculator());
  const { address } = first;
  using upstream = keeping(address);
  await upstream.handler(request, CLIENT);
  await first.shutdown();
  await using _ = serve({ port: address.port }, calculator());
  const response = await upstream.handler(request, CLIENT);
  assertEquals(decodeResponse(response).result, "3");
});

Deno.test("forwardTo: a kept connection that the server finds idle for too long costs no attempt", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = serve({
    port: 0,
    idleTimeout: 50,
    watch: ({ type }) => type === "closed" && closed.resolve(),
  }, calculator());
  using upstream = keeping(server.address);
  await upstream.handler(request, CLIENT);
  await closed.promise;
  const response = await upstream.handler(request, CLIENT);
  assertEquals(decodeResponse(response).result, "3");
});

Deno.test("forwardTo: a kept connection that is closed on the next request costs no attempt", async () => {
  await using server = serverThat(async (peer) => {
    await peer.frame();
    await peer.write(answer.bytes);
    await peer.frame();
  });
  using upstream = keeping(server.address);
  await upstream.handler(request, CLIENT);
  assertEquals(await upstream.handler(request, CLIENT), answer);
  assertEquals(server.connections, 2);
});

Deno.test("forwardTo: a connection with unrequested data is not used again", async () => {
  const other = encodeSuccess({ result: "4", steps: [] });
  const more = Promise.withResolvers<void>();
  for (
    const way of [
      async (peer: BarePeer) => {
        await peer.frame();
        await peer.write(join(answer.bytes, other.bytes));
        await peer.frame();
      },
      async (peer: BarePeer) => {
        await peer.frame();
        await peer.write(join(answer.bytes, other.bytes.subarray(0, 1)));
        await peer.frame();
      },
      async (peer: BarePeer) => {
        await peer.frame();
        await peer.write(answer.bytes);
        await more.promise;
        await peer.write(other.bytes);
        await peer.frame();
      },
    ]
  ) {
    const isClosed = Promise.withResolvers<void>();
    await using server = serverThat((peer) =>
      way(peer).finally(isClosed.resolve)
    );
    using upstream = keeping(server.address);
    assertEquals(await upstream.handler(request, CLIENT), answer);
    more.resolve();
    await isClosed.promise;
    assertEquals(await upstream.handler(request, CLIENT), answer);
    assertEquals(server.connections, 2);
  }
});

Deno.test("forwardTo: the signal closes idle connections, and none are kept afterwards", async () => {
  let open = 0;
  const closed = Promise.withResolvers<void>();
  await using server = new BareServer(async (peer) => {
    open++;
    while (await peer.frame()) await peer.write(answer.bytes);
    if (--open === 0) closed.resolve();
  });
  const closing = new AbortController();
  const handler = forwardTo(server.address, {
    maxIdleConnections: 5,
    signal: closing.signal,
  });
  await Promise.all([handler(request, CLIENT), handler(request, CLIENT)]);
  closing.abort();
  await closed.promise;
  await handler(request, CLIENT);
  await handler(request, CLIENT);
  assertEquals(server.connections, 4);
});

const ignore = !await canCertify();
const needsOpenssl = ignore ? " (needs openssl)" : "";

Deno.test(
  `forwardTo: over TLS a kept connection is used again, and restarts cost no attempt${needsOpenssl}`,
  { ignore },
  async () => {
    await using by = await Certified.make();
    let connections = 0;
    const watch = ({ type }: ServeFact) => {
      if (type === "connected") connections++;
    };
    const start = (port: number) =>
      serve({ port, tls: { cert: by.cert, key: by.key }, watch }, calculator());
    const server = start(0);
    using upstream = keeping(server.address, { tls: { caCerts: [by.ca] } });
    for (const expression of ["1", "2", "3"]) {
      const response = await upstream.handler(
        encodeRequest(expression),
        CLIENT,
      );
      assertEquals(decodeResponse(response).result, expression);
    }
    assertEquals(connections, 1);
    await server.shutdown();
    await using _ = start(server.address.port);
    const response = await upstream.handler(request, CLIENT);
    assertEquals(decodeResponse(response).result, "3");
  },
);

Deno.test(
  `forwardTo: a server that TLS does not trust is tried once, one that closes is tried again${needsOpenssl}`,
  { ignore },
  async () => {
    await using by = await Certified.make();
    let connections = 0;
    await using server = serve({
      port: 0,
      tls: { cert: by.cert, key: by.key },
      watch({ type }) {
        if (type === "connected") connections++;
      },
    }, calculator());
    const handler = forwardTo(server.address, {
      tls: {},
      retryDelay: FOR_EVER,
    });
    const [reason, phase] = await failureOf(handler);
    assertEquals([reason, phase], ["untrusted", "connecting"]);
    assertEquals(connections, 1);

    await using mute = new BareServer(close);
    const tls = { caCerts: [by.ca] };
    const again = forwardTo(mute.address, { tls, retryDelay: 1 });
    assertEquals((await failureOf(again))[0], "unreachable");
    assertEquals(mute.connections, 5);
  },
);

/** A client that can leave, with listeners on its signals that can be counted. */
function leavingClient() {
  const [left, closed] = [new AbortController(), new AbortController()];
  const listeners = [left, closed].map(({ signal }) => listenersOf(signal));
  const client: Client = {
    ...CLIENT,
    signal: left.signal,
    closeSignal: closed.signal,
  };
  return {
    client,
    halfClose: () => left.abort(),
    close() {
      left.abort();
      closed.abort(new Error("reset"));
    },
    listening: () => listeners.map(({ count }) => count),
  };
}

Deno.test("forwardTo: once the client has closed its side, the delay ends and no attempt follows", async () => {
  const { client, halfClose, listening } = leavingClient();
  const seen: string[] = [];
  const handler = forwardTo(unusedAddress(), {
    retryDelay: FOR_EVER,
    watch({ type }) {
      seen.push(type);
      // By the time that the timer would be set.
      if (type === "no answer") setTimeout(halfClose);
    },
  });
  const error = await assertRejects(
    async () => await handler(request, client),
    NoAnswerError,
  );
  assertEquals(error.message.slice(-16), " after 1 attempt");
  assertEquals(seen, ["asking", "no answer"]);
  assertEquals(listening(), [0, 0]);
});

Deno.test("forwardTo: the attempt under way goes on if the client has only half-closed", async () => {
  const { client, halfClose, listening } = leavingClient();
  await using server = serverThat(async (peer) => {
    await peer.frame();
    halfClose();
    await peer.write(answer.bytes);
  });
  assertEquals(await forwardTo(server.address)(request, client), answer);
  // A request that has arrived before the half-close is still answered.
  assertEquals(await forwardTo(server.address)(request, client), answer);
  assertEquals(listening(), [0, 0]);
});

Deno.test("forwardTo: if the client's connection is closed, the attempt under way is aborted", async () => {
  const { client, close, listening } = leavingClient();
  const isClosed = Promise.withResolvers<void>();
  await using server = serverThat(async (peer) => {
    await peer.frame();
    close();
    await peer.frame();
    isClosed.resolve();
  });
  const handler = forwardTo(server.address);
  await assertRejects(
    async () => await handler(request, client),
    Error,
    "reset",
  );
  await isClosed.promise;
  assertEquals(listening(), [0, 0]);
  // It was closed from the start.
  await assertRejects(
    async () => await handler(request, client),
    Error,
    "reset",
  );
  assertEquals(server.connections, 1);
});

Deno.test("forwardTo: connecting is aborted if the client's connection is closed", async () => {
  const { client, close, listening } = leavingClient();
  // An address reserved for documentation.
  const handler = forwardTo({ hostname: "192.0.2.77", port: 9999 }, {
    connectTimeout: FOR_EVER,
    watch: ({ type }) => type === "asking" && setTimeout(close, 10),
  });
  // Where there is no network at all, connecting fails first.
  await assertRejects(async () => await handler(request, client), Error);
  assertEquals(listening(), [0, 0]);
});

Deno.test("forwardTo: a kept connection outlives the client that it was opened for", async () => {
  await using server = serverThat();
  using upstream = keeping(server.address);
  const { client, close, listening } = leavingClient();
  await upstream.handler(request, client);
  assertEquals(listening(), [0, 0]);
  close();
  await upstream.handler(request, CLIENT);
  assertEquals(server.connections, 1);
});

Deno.test("forwardTo: a kept connection is not lost to a client that has left already", async () => {
  await using server = serverThat();
  using upstream = keeping(server.address);
  await upstream.handler(request, CLIENT);
  const { client, close } = leavingClient();
  close();
  await assertRejects(
    async () => await upstream.handler(request, client),
    Error,
  );
  await upstream.handler(request, CLIENT);
  assertEquals(server.connections, 1);
});

Deno.test("forwardTo: if refusal throws, the handler does, and the connection is closed", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = serve({
    port: 0,
    watch: ({ type }) => type === "closed" && closed.resolve(),
  }, () => {
    throw new TypeError("a bug");
  });
  const handler = forwardTo(server.address, {
    refusal() {
      throw new RangeError("another bug");
    },
    maxIdleConnections: 1,
  });
  await assertRejects(async () => await handler(request, CLIENT), RangeError);
  await closed.promise;
});

Deno.test("forwardTo: if refusal is asynchronous and rejects, the response is used", async () => {
  using complained = complaints();
  await using server = serve({ port: 0 }, () => busy);
  const handler = forwardTo(server.address, {
    // @ts-expect-error: TypeScript refuses it.
    refusal: () => Promise.reject(new Error("a bug")),
  });
  assertEquals(await handler(request, CLIENT), busy);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(complained.lines, ["refusal failed: Error: a bug"]);
});
