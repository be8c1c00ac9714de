import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  type Address,
  ask,
  connect,
  type ConnectionFact,
  formatAddress,
  NoAnswerError,
  type NoAnswerReason,
  serve,
} from "../../lib/net/mod.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { join } from "../../tools/harness/join.ts";

const request = encodeRequest("1 + 2");
const response = encodeSuccess({ result: "3", steps: [] });

async function assertNoAnswer(
  address: Address,
  reason: NoAnswerReason,
  message: string,
): Promise<void> {
  const error = await assertRejects(
    // To resolve a name may take longer on a busy machine.
    () => ask(address, request, { timeout: 100, connectTimeout: 10_000 }),
    NoAnswerError,
    message,
  );
  assertEquals(error.reason, reason);
}

Deno.test("ask: a refusal names the peer", async () => {
  const address = unusedAddress();
  const message = `Connection refused by 127.0.0.1:${address.port}`;
  await assertNoAnswer(address, "refused", message);
});

Deno.test("ask: an unknown host is named", async () => {
  const address = { hostname: "host.invalid", port: 9999 };
  const message = "Cannot connect to host.invalid:9999";
  await assertNoAnswer(address, "unreachable", message);
});

Deno.test("ask: a silent peer times out", async () => {
  await using silent = new BareServer(async (peer) => {
    await peer.frame();
    await peer.frame();
  });
  await assertNoAnswer(silent.address, "timed out", "within 0.1 s");
});

Deno.test("ask: a peer that closes before or in the middle of an answer gave none", async () => {
  await using mute = new BareServer(async (peer) => {
    await peer.frame();
  });
  await assertNoAnswer(mute.address, "closed", "closed the connection before");
  await using brief = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(response.bytes.subarray(0, 13));
  });
  await assertNoAnswer(brief.address, "closed", "in the middle of its answer");
});

Deno.test("ask: an invalid response is no answer", async () => {
  await using garbled = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(new Uint8Array(100));
  });
  await assertNoAnswer(garbled.address, "garbled", "length field");
  await using echo = new BareServer(async (peer) => {
    const frame = await peer.frame();
    if (frame) await peer.write(frame.bytes);
  });
  await assertNoAnswer(echo.address, "garbled", "expected a response");
});

Deno.test("ask: an answer may arrive in pieces", async () => {
  await using slow = new BareServer(async (peer) => {
    await peer.frame();
    peer.tcp.setNoDelay();
    for (const byte of response.bytes) {
      await peer.write(new Uint8Array([byte]));
    }
    await peer.frame();
  });
  assertEquals((await ask(slow.address, request)).bytes, response.bytes);
});

Deno.test("ask: closes the connection before it returns the answer", async () => {
  const ended = Promise.withResolvers<unknown>();
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(response.bytes);
    ended.resolve(await peer.frame());
  });
  await ask(server.address, request);
  assertEquals(await ended.promise, undefined);
});

Deno.test("connect: an answer stays valid after the next one", async () => {
  await using server = serve({ port: 0 }, calculator());
  using connection = await connect(server.address);
  const sources = Array.from({ length: 300 }, (_, index) => `${index}`);
  const responses = [];
  for (const source of sources) {
    responses.push(await connection.ask(encodeRequest(source)));
  }
  assertEquals(
    responses.map((response) => decodeResponse(response).result),
    sources,
  );
});

Deno.test("connect: a second request before the answer to the first is rejected", async () => {
  await using server = serve({ port: 0 }, calculator());
  using connection = await connect(server.address);
  const first = connection.ask(encodeRequest("1"));
  await assertRejects(
    () => connection.ask(encodeRequest("2")),
    TypeError,
    "another request is still pending",
  );
  assertEquals(decodeResponse(await first).result, "1");
  const second = await connection.ask(encodeRequest("2"));
  assertEquals(decodeResponse(second).result, "2");
});

Deno.test("connect: an unrequested answer is not taken for the next one", async () => {
  await using chatty = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(join(response.bytes, response.bytes));
    await peer.frame();
  });
  using connection = await connect(chatty.address);
  assertEquals((await connection.ask(request)).bytes, response.bytes);
  const error = await assertRejects(
    () => connection.ask(request),
    NoAnswerError,
    "no request was pending",
  );
  assertEquals(error.reason, "garbled");
});

Deno.test("connect: a request on a closed connection says that it is closed", async () => {
  await using server = serve({ port: 0 }, calculator());
  const connection = await connect(server.address);
  connection.close();
  await assertRejects(
    () => connection.ask(request),
    NoAnswerError,
    "The connection is already closed",
  );
});

Deno.test("connect: a timeout may be infinite", async () => {
  await using server = serve({ port: 0 }, calculator());
  for (const timeout of [Infinity, 2 ** 40]) {
    const answer = await ask(server.address, request, { timeout });
    assertEquals(decodeResponse(answer).result, "3");
  }
});

Deno.test("connect: a failed connection is closed", async () => {
  await using mute = new BareServer(async (peer) => {
    await peer.frame();
  });
  using connection = await connect(mute.address);
  await assertRejects(() => connection.ask(request), NoAnswerError);
  await assertRejects(() => connection.ask(request), NoAnswerError);
  connection.close();
});

Deno.test({
  name: "ask: connecting has a separate timeout",
  // Elsewhere, a listener whose backlog is full refuses.
  ignore: Deno.build.os !== "linux",
  async fn() {
    using full = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
    const waiting: Disposable[] = [];
    const error = await assertRejects(async () => {
      for (;;) {
        waiting.push(
          await connect(full.addr, { timeout: 60_000, connectTimeout: 200 }),
        );
      }
    }, NoAnswerError);
    assertEquals(error.reason, "timed out");
    assertEquals(
      error.message,
      `No connection to 127.0.0.1:${full.addr.port} within 0.2 s`,
    );
    for (const connection of waiting) connection[Symbol.dispose]();
  },
});

Deno.test("Connection: an aborted request closes the connection and rejects with the reason", async () => {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using silent = new BareServer(async (peer) => {
    await peer.frame();
    asked.resolve();
    await peer.frame();
    closed.resolve();
  });
  using connection = await connect(silent.address);
  const cancel = new AbortController();
  const asking = connection.ask(request, { signal: cancel.signal });
  await asked.promise;
  cancel.abort("changed my mind");
  assertEquals(await asking.catch((reason) => reason), "changed my mind");
  await closed.promise;
  await assertRejects(() => connection.ask(request), NoAnswerError);
});

Deno.test("Connection: a signal aborted before sends nothing and leaves the connection", async () => {
  await using server = serve({ port: 0 }, calculator());
  using connection = await connect(server.address);
  const signal = AbortSignal.abort("never mind");
  const reason = await connection.ask(request, { signal }).catch((it) => it);
  assertEquals(reason, "never mind");
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("Connection: an answered request has nothing to cancel any more", async () => {
  await using server = serve({ port: 0 }, calculator());
  using connection = await connect(server.address);
  const cancel = new AbortController();
  await connection.ask(request, { signal: cancel.signal });
  cancel.abort();
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("connect: facts are reported in order", async () => {
  const facts: ConnectionFact[] = [];
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(response.bytes);
    await peer.frame();
  });
  const peer = formatAddress(server.address);
  await ask(server.address, request, { watch: (fact) => facts.push(fact) });
  assertEquals(facts, [
    { type: "connected", peer },
    { type: "request", peer, request },
    { type: "response", peer, response },
    { type: "closed", peer },
  ]);
});

Deno.test("Connection.ask: may have a timeout for one request", async () => {
  await using silent = new BareServer(async (peer) => {
    await peer.frame();
    await peer.frame();
  });
  using connection = await connect(silent.address, { timeout: 60_000 });
  const error = await assertRejects(
    () => connection.ask(request, { timeout: 50 }),
    NoAnswerError,
    "within 0.05 s",
  );
  assertEquals(error.reason, "timed out");
  assertStrictEquals(await connection.closed, error);
});

Deno.test("Connection.closed: resolves to nothing if this side closes", async () => {
  await using server = serve({ port: 0 }, calculator());
  const before = await connect(server.address);
  const { closed } = before;
  before.close();
  assertEquals(await closed, undefined);
  const after = await connect(server.address);
  after.close();
  assertEquals(await after.closed, undefined);
  const aborting = new AbortController();
  const { signal } = aborting;
  const aborted = await connect(server.address, { signal });
  aborting.abort();
  assertEquals(await aborted.closed, undefined);
});

Deno.test("Connection.closed: notices that the peer closes an idle connection, before or after requests", async () => {
  for (const requests of [0, 1, 3]) {
    const server = serve({ port: 0 }, calculator());
    using connection = await connect(server.address);
    const { closed } = connection;
    for (let count = 0; count < requests; count++) {
      assertEquals((await connection.ask(request)).status, 200);
    }
    await server.close();
    const error = await closed;
    assertEquals([error?.reason, error?.phase], ["closed", "waiting"]);
    assertEquals(
      error?.message,
      `${connection.peer} closed the connection while it was idle`,
    );
    await assertRejects(() => connection.ask(request), NoAnswerError);
  }
});

Deno.test("Connection.closed: resolves to the error of a request", async () => {
  await using brief = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(response.bytes.subarray(0, 13));
  });
  using connection = await connect(brief.address);
  const { closed } = connection;
  const error = await assertRejects(
    () => connection.ask(request),
    NoAnswerError,
  );
  assertStrictEquals(await closed, error);
  assertStrictEquals(await connection.closed, error);
});

Deno.test("Connection.closed: a peer that sends without a request is disconnected", async () => {
  await using chatty = new BareServer(async (peer) => {
    await peer.write(response.bytes);
    await peer.frame();
  });
  using connection = await connect(chatty.address);
  assertEquals((await connection.closed)?.reason, "garbled");
});

/** The error that an aborted call rejects with. */
const reason = new RangeError("no longer needed");

async function assertAborted(pending: Promise<unknown>): Promise<void> {
  assertStrictEquals(await assertRejects(() => pending, RangeError), reason);
}

Deno.test("signal: one that is already aborted throws, and nothing connects", async () => {
  await using server = new BareServer(() => Promise.resolve());
  const signal = AbortSignal.abort(reason);
  await assertAborted(connect(server.address, { signal }));
  await assertAborted(ask(server.address, request, { signal }));
  assertEquals(server.connections, 0);
});

Deno.test({
  name: "signal: aborts connecting",
  // Elsewhere, a listener whose backlog is full refuses.
  ignore: Deno.build.os !== "linux",
  async fn() {
    using full = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
    const waiting: Disposable[] = [];
    await assertRejects(async () => {
      const options = { connectTimeout: 200 };
      for (;;) waiting.push(await connect(full.addr, options));
    }, NoAnswerError);
    const aborting = new AbortController();
    const pending = connect(full.addr, { signal: aborting.signal });
    aborting.abort(reason);
    await assertAborted(pending);
    for (const connection of waiting) connection[Symbol.dispose]();
  },
});

Deno.test("signal: aborts waiting for an answer and closes the connection", async () => {
  const aborting = new AbortController();
  const ended = Promise.withResolvers<unknown>();
  await using silent = new BareServer(async (peer) => {
    await peer.frame();
    aborting.abort(reason);
    ended.resolve(await peer.frame());
  });
  const { signal } = aborting;
  await assertAborted(ask(silent.address, request, { signal }));
  assertEquals(await ended.promise, undefined);
});

Deno.test("signal: closes an idle connection, and a later request rejects with the reason", async () => {
  await using server = serve({ port: 0 }, calculator());
  const aborting = new AbortController();
  const connection = await connect(server.address, {
    signal: aborting.signal,
  });
  assertEquals((await connection.ask(request)).status, 200);
  aborting.abort(reason);
  await assertAborted(connection.ask(request));
});

Deno.test("signal: may be aborted at any moment", async () => {
  await using silent = new BareServer(async (peer) => {
    await peer.frame().catch(() => {});
    await peer.frame().catch(() => {});
  });
  const { hostname, port } = silent.address;
  for (let round = 0; round < 50; round++) {
    const aborting = new AbortController();
    const { signal } = aborting;
    // Done at about the same time as the connection of the request.
    const other = Deno.connect({ hostname, port });
    const pending = ask(silent.address, request, { signal });
    const aborted = other.then(async (tcp) => {
      for (let turn = 0; turn < round % 10; turn++) await null;
      aborting.abort(reason);
      tcp.close();
    });
    await assertAborted(pending);
    await aborted;
  }
});

Deno.test("signal: a closed connection no longer listens to it", async () => {
  await using server = serve({ port: 0 }, calculator());
  const { signal } = new AbortController();
  const listeners = listenersOf(signal);
  const connection = await connect(server.address, { signal });
  assertEquals(listeners.count, 1);
  connection.close();
  assertEquals(listeners.count, 0);
  await ask(server.address, request, { signal });
  assertEquals(listeners.count, 0);
  await using mute = new BareServer(async (peer) => void await peer.frame());
  await assertRejects(
    () => ask(mute.address, request, { signal }),
    NoAnswerError,
  );
  assertEquals(listeners.count, 0);
});
