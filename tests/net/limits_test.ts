/**
 * Clients that are too many, too slow, or there when the server ends.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { serve, type ServeOptions, type Server } from "../../lib/net/mod.ts";
import type { Frame } from "../../lib/protocol/mod.ts";
import { BarePeer } from "./peer.ts";
import { join } from "../../tools/join.ts";

const request = encodeRequest("6 * 7");

/** A server that computes, and the reasons for which connections ended. */
function watched(options: Partial<ServeOptions>) {
  const reasons: string[] = [];
  const closed = Promise.withResolvers<void>();
  const server = serve({
    port: 0,
    ...options,
    events: {
      ...options.events,
      closed(_client, reason) {
        if (reason instanceof Error) reasons.push(reason.message);
        closed.resolve();
      },
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

/** Whether a connection has been ended, in whatever way. */
async function isEnded(peer: BarePeer): Promise<boolean> {
  return await peer.frame().catch(() => undefined) === undefined;
}

Deno.test("limits: whoever is too many is turned away, and welcome when there is room", async () => {
  let refused = 0;
  const { server, closed } = watched({
    maxConnections: 2,
    events: { refused: () => refused++ },
  });
  await using _server = server;
  const first = await BarePeer.connect(server.address);
  await assertAnswered(first);
  using second = await BarePeer.connect(server.address);
  await assertAnswered(second);
  using third = await BarePeer.connect(server.address);
  assertEquals(await isEnded(third), true);
  assertEquals(refused, 1);
  await assertAnswered(second);
  first[Symbol.dispose]();
  await closed;
  await assertAlive(server);
});

Deno.test("limits: a frame that is begun must be finished, however it trickles in", async () => {
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

Deno.test("limits: a client that asks nothing may not stay", async () => {
  const { server, reasons } = watched({ idleTimeout: 100 });
  await using _server = server;
  using idle = await BarePeer.connect(server.address);
  await assertAnswered(idle);
  assertEquals(await isEnded(idle), true);
  assertEquals(reasons, ["the client took too long to ask"]);
  await assertAlive(server);
});

Deno.test("limits: a client that waits for its answer is not idle", async () => {
  const slow = Promise.withResolvers<Frame>();
  const expired = Promise.withResolvers<void>();
  await using server = serve({
    port: 0,
    idleTimeout: 50,
    events: { closed: () => expired.resolve() },
  }, () => slow.promise);
  using waiting = await BarePeer.connect(server.address);
  await waiting.write(request.bytes);
  // Whoever asks nothing is seen off meanwhile.
  using idle = await BarePeer.connect(server.address);
  assertEquals(await isEnded(idle), true);
  await expired.promise;
  slow.resolve(encodeSuccess({ result: "42", steps: [] }));
  const response = await waiting.frame();
  assertEquals(response && decodeResponse(response).result, "42");
});

Deno.test("limits: a client that never reads does not stay, and holds little meanwhile", async () => {
  const long = encodeSuccess({ result: "9".repeat(60_000), steps: [] });
  const closed = Promise.withResolvers<unknown>();
  let answered = 0;
  await using server = serve({
    port: 0,
    writeTimeout: 100,
    readTimeout: 100,
    events: {
      sending: () => answered++,
      closed: (_client, reason) => closed.resolve(reason),
    },
  }, () => long);
  using deaf = await BarePeer.connect(server.address);
  const many = join(...Array.from({ length: 5000 }, () => request.bytes));
  await Promise.race([deaf.write(many).catch(() => {}), closed.promise]);
  assertEquals(
    `${await closed.promise}`,
    "Error: the client took too long to take its answers",
  );
  // Far from 5000: what the kernel's buffers take, and one batch.
  assertEquals(answered < 500, true, `${answered}`);
});

Deno.test("shutdown: what has been asked is answered, whoever is idle is closed at once", async () => {
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

Deno.test("shutdown: whoever takes longer than the grace is closed", async () => {
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

Deno.test("shutdown: what has arrived is answered, read or not", async () => {
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

Deno.test("shutdown: what is sent arrives, although more is asked than is read", async () => {
  const long = encodeSuccess({ result: "9".repeat(60_000), steps: [] });
  const started = Promise.withResolvers<void>();
  let sent = 0;
  const server = serve({
    port: 0,
    events: {
      sending: ({ bytes }) => {
        sent += bytes.length;
        if (sent > 1_000_000) started.resolve();
      },
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
