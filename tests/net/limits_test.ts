/**
 * Clients that are too many, too slow, or there when the server ends.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
  RemoteError,
} from "../../lib/message/mod.ts";
import type { ServeOptions, Server } from "../../lib/net/mod.ts";
import type { Client, Frame } from "../../lib/protocol/mod.ts";
import { serve } from "../../lib/serve.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { join } from "../../tools/harness/join.ts";

const request = encodeRequest("6 * 7");

/** A server that computes, and the reasons for which connections ended. */
function watched(options: Partial<ServeOptions>) {
  const reasons: string[] = [];
  const closed = Promise.withResolvers<void>();
  const server = serve({
    port: 0,
    ...options,
    watch(fact) {
      if (fact.type !== "closed") return;
      if (fact.reason instanceof Error) reasons.push(fact.reason.message);
      closed.resolve();
    },
  }, calculator());
  return { server, reasons, closed: closed.promise };
}

async function assertAnswered(peer: BarePeer): Promise<void> {
  await peer.write(request.bytes);
  const response = await peer.frame();
  assertEquals(response && decodeResponse(response).result, "42");
}

async function assertAlive(server: Server): Promise<void> {
  using peer = await BarePeer.connect(server.address);
  await assertAnswered(peer);
}

/** Whether a connection has been closed or reset. */
async function isEnded(peer: BarePeer): Promise<boolean> {
  return await peer.frame().catch(() => undefined) === undefined;
}

Deno.test("limits: the connection that has been idle longest makes room", async () => {
  const { server, reasons } = watched({ maxConnections: 3 });
  await using _server = server;
  using first = await BarePeer.connect(server.address);
  using second = await BarePeer.connect(server.address);
  using third = await BarePeer.connect(server.address);
  for (const peer of [first, second, third, first]) await assertAnswered(peer);
  using fourth = await BarePeer.connect(server.address);
  await assertAnswered(fourth);
  assertEquals(await isEnded(second), true);
  assertEquals(reasons, ["made room for another client"]);
  for (const peer of [first, third, fourth]) await assertAnswered(peer);
});

Deno.test("limits: a connection that has never sent a request makes room as well", async () => {
  const { server } = watched({ maxConnections: 20 });
  await using _server = server;
  const silent = await Promise.all(
    Array.from({ length: 50 }, () => BarePeer.connect(server.address)),
  );
  await assertAlive(server);
  for (const peer of silent) peer[Symbol.dispose]();
});

/** A server whose answers wait, and how many requests have arrived. */
function withheld(options: Partial<ServeOptions>) {
  const answer = Promise.withResolvers<void>();
  const arrivals: (() => void)[] = [];
  const arrived = () => new Promise<void>((resolve) => arrivals.push(resolve));
  const refused: Client[] = [];
  const server = serve({
    port: 0,
    ...options,
    watch: ({ type, client }) => type === "refused" && refused.push(client),
  }, async () => {
    arrivals.shift()?.();
    await answer.promise;
    return encodeSuccess({ result: "42", steps: [] });
  });
  return { server, refused, arrived, answer: answer.resolve };
}

Deno.test("limits: a connection with a request under way never makes room; the new client gets Busy", async () => {
  const { server, refused, arrived, answer } = withheld({ maxConnections: 2 });
  await using _server = server;
  using first = await BarePeer.connect(server.address);
  using second = await BarePeer.connect(server.address);
  for (const peer of [first, second]) {
    const isThere = arrived();
    await peer.write(request.bytes);
    await isThere;
  }
  using third = await BarePeer.connect(server.address);
  await third.write(request.bytes);
  const response = await third.frame();
  assert(response);
  assertEquals([response.status, response.cache], [500, false]);
  const { name, message } = assertThrows(
    () => decodeResponse(response),
    RemoteError,
  );
  assertEquals(
    `${name}: ${message}`,
    "Busy: Too many connections: try again later",
  );
  assertEquals(await third.frame(), undefined);
  assertEquals(refused.length, 1);
  answer();
  for (const peer of [first, second]) {
    const response = await peer.frame();
    assertEquals(response && decodeResponse(response).result, "42");
  }
  using fourth = await BarePeer.connect(server.address);
  await assertAnswered(fourth);
});

Deno.test("limits: half a frame is a request under way", async () => {
  const { server, refused } = withheld({ maxConnections: 1 });
  await using _server = server;
  using half = await BarePeer.connect(server.address);
  await half.write(request.bytes.subarray(0, 5));
  using other = await BarePeer.connect(server.address);
  assertEquals((await other.frame())?.status, 500);
  assertEquals(refused.length, 1);
});

Deno.test("limits: refused clients that never close do not hold up a close", async () => {
  const { server, arrived, refused, answer } = withheld({ maxConnections: 1 });
  using busy = await BarePeer.connect(server.address);
  const isThere = arrived();
  await busy.write(request.bytes);
  await isThere;
  const others = await Promise.all(
    Array.from({ length: 150 }, () => BarePeer.connect(server.address)),
  );
  for (const other of others) {
    assertEquals((await other.frame())?.status, 500);
  }
  assertEquals(refused.length, others.length);
  answer();
  await server.close();
  for (const other of others) other[Symbol.dispose]();
});

Deno.test("limits: the connections of one address make room for one another", async () => {
  const { server, reasons } = watched({
    hostname: "::",
    maxConnections: 10,
    maxConnectionsPerClient: 2,
  });
  await using _server = server;
  const { port } = server.address;
  const own = { hostname: "127.0.0.1", port };
  const others = { hostname: "::1", port };
  using stranger = await BarePeer.connect(others);
  await assertAnswered(stranger);
  using first = await BarePeer.connect(own);
  using second = await BarePeer.connect(own);
  for (const peer of [first, second]) await assertAnswered(peer);
  using third = await BarePeer.connect(own);
  await assertAnswered(third);
  assertEquals(await isEnded(first), true);
  assertEquals(reasons, ["made room for another client"]);
  for (const peer of [second, stranger]) await assertAnswered(peer);
});

Deno.test("limits: a frame must be finished in time, even if bytes keep arriving", async () => {
  const { server, reasons } = watched({ readTimeout: 100 });
  await using _server = server;
  using slow = await BarePeer.connect(server.address);
  let isOpen = true;
  const ended = isEnded(slow).then(() => isOpen = false);
  for (const byte of request.bytes.subarray(0, -1)) {
    await slow.write(new Uint8Array([byte])).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 15));
    if (!isOpen) break;
  }
  await ended;
  assertEquals(reasons, ["the client took too long to finish a frame"]);
  await assertAlive(server);
});

Deno.test("limits: a client that sends no request is disconnected", async () => {
  const { server, reasons } = watched({ idleTimeout: 100 });
  await using _server = server;
  using idle = await BarePeer.connect(server.address);
  await assertAnswered(idle);
  assertEquals(await isEnded(idle), true);
  assertEquals(reasons, ["the client took too long to send a request"]);
  await assertAlive(server);
});

Deno.test("limits: a client that waits for its answer is not idle", async () => {
  const slow = Promise.withResolvers<Frame>();
  const expired = Promise.withResolvers<void>();
  await using server = serve({
    port: 0,
    idleTimeout: 50,
    watch: ({ type }) => type === "closed" && expired.resolve(),
  }, () => slow.promise);
  using waiting = await BarePeer.connect(server.address);
  await waiting.write(request.bytes);
  // Meanwhile, an idle client is disconnected.
  using idle = await BarePeer.connect(server.address);
  assertEquals(await isEnded(idle), true);
  await expired.promise;
  slow.resolve(encodeSuccess({ result: "42", steps: [] }));
  const response = await waiting.frame();
  assertEquals(response && decodeResponse(response).result, "42");
});

Deno.test("limits: a client that never reads is disconnected, and few answers wait for it", async () => {
  const long = encodeSuccess({ result: "9".repeat(60_000), steps: [] });
  const closed = Promise.withResolvers<unknown>();
  let answered = 0;
  await using server = serve({
    port: 0,
    writeTimeout: 100,
    readTimeout: 100,
    watch(fact) {
      if (fact.type === "response") answered++;
      if (fact.type === "closed") closed.resolve(fact.reason);
    },
  }, () => long);
  using deaf = await BarePeer.connect(server.address);
  const many = join(...Array.from({ length: 5000 }, () => request.bytes));
  await Promise.race([deaf.write(many).catch(() => {}), closed.promise]);
  assertEquals(
    `${await closed.promise}`,
    "Error: the client took too long to receive its responses",
  );
  // Far from 5000: what the kernel's buffers take, and one batch.
  assertEquals(answered < 500, true, `${answered}`);
});

Deno.test("shutdown: pending requests are answered, idle connections are closed at once", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Frame>();
  const server = serve({ port: 0 }, () => {
    asked.resolve();
    return answer.promise;
  });
  using busy = await BarePeer.connect(server.address);
  await busy.write(request.bytes);
  await asked.promise;
  using idle = await BarePeer.connect(server.address);
  const shutdown = server.shutdown();
  assertEquals(await isEnded(idle), true);
  answer.resolve(encodeSuccess({ result: "42", steps: [] }));
  const response = await busy.frame();
  assertEquals(response && decodeResponse(response).result, "42");
  assertEquals(await isEnded(busy), true);
  await shutdown;
});

Deno.test("shutdown: connections still busy after the grace period are closed", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Frame>();
  const server = serve({ port: 0 }, () => {
    asked.resolve();
    return answer.promise;
  });
  using busy = await BarePeer.connect(server.address);
  await busy.write(request.bytes);
  await asked.promise;
  const shutdown = server.shutdown(50);
  assertEquals(await isEnded(busy), true);
  answer.resolve(encodeSuccess({ result: "42", steps: [] }));
  await shutdown;
});

Deno.test("shutdown: requests that have arrived are answered, even if they have not been read", async () => {
  const { server } = watched({});
  const peers = await Promise.all(
    Array.from({ length: 20 }, () => BarePeer.connect(server.address)),
  );
  for (const peer of peers) await assertAnswered(peer);
  const written = peers.map((peer) => peer.write(request.bytes));
  const shutdown = server.shutdown();
  for (const peer of peers) {
    const response = await peer.frame();
    assertEquals(response && decodeResponse(response).result, "42");
    peer[Symbol.dispose]();
  }
  await Promise.all(written);
  await shutdown;
});

Deno.test("shutdown: pipelined requests that do not fit into one read are answered", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Frame>();
  let requests = 0;
  const server = serve({
    port: 0,
    watch({ type }) {
      if (type === "request") requests++;
    },
  }, () => {
    asked.resolve();
    return answer.promise;
  });
  using peer = await BarePeer.connect(server.address);
  await peer.write(join(...Array.from({ length: 500 }, () => request.bytes)));
  await asked.promise;
  const shutdown = server.shutdown();
  answer.resolve(encodeSuccess({ result: "42", steps: [] }));
  let answers = 0;
  while (await peer.frame()) answers++;
  assertEquals([requests, answers], [500, 500]);
  peer[Symbol.dispose]();
  await shutdown;
});

Deno.test("shutdown: a client that always has another request does not delay it", async () => {
  let requests = 0;
  const server = serve({
    port: 0,
    watch({ type }) {
      if (type === "request") requests++;
    },
  }, () => encodeSuccess({ result: "42", steps: [] }));
  using peer = await BarePeer.connect(server.address);
  await assertAnswered(peer);
  const before = requests;
  const shutdown = server.shutdown(60_000);
  try {
    for (;;) {
      await peer.write(request.bytes);
      if (!await peer.frame()) break;
    }
  } catch {
    // The server has closed the connection.
  }
  peer[Symbol.dispose]();
  await shutdown;
  assertEquals(requests - before < 100, true, `${requests - before}`);
});

Deno.test("shutdown: responses sent arrive, even if more requests wait than are read", async () => {
  const long = encodeSuccess({ result: "9".repeat(60_000), steps: [] });
  const started = Promise.withResolvers<void>();
  let sent = 0;
  const server = serve({
    port: 0,
    watch(fact) {
      if (fact.type !== "response") return;
      sent += fact.response.bytes.length;
      if (sent > 1_000_000) started.resolve();
    },
  }, () => long);
  using peer = await BarePeer.connect(server.address);
  const many = join(...Array.from({ length: 20_000 }, () => request.bytes));
  const written = peer.write(many).catch(() => {});
  await started.promise;
  const shutdown = server.shutdown();
  let received = 0;
  for (let frame; (frame = await peer.frame()) !== undefined;) {
    received += frame.bytes.length;
  }
  assertEquals(received, sent);
  await shutdown;
  await written;
});
