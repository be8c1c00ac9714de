import { assertEquals, assertRejects } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import {
  type Address,
  type ForwardOptions,
  forwardTo,
  NoAnswerError,
  serve,
  type UpstreamFact,
} from "../../lib/net/mod.ts";
import type { Client } from "../../lib/protocol/mod.ts";
import { refusal } from "../../lib/refusal.ts";
import { type BarePeer, BareServer } from "../../tools/harness/bare_peer.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

const request = encodeRequest("1 + 2");
const answer = encodeSuccess({ result: "3", steps: [] });
const busy = encodeServerError({ name: "Busy", message: "" });

/** A delay longer than any test. */
const FOR_EVER = 2 ** 31 - 1;

async function answerAll(peer: BarePeer): Promise<void> {
  while (await peer.frame()) await peer.write(answer.bytes);
}

/** Holds a request until the proxy gives up. */
async function hold(peer: BarePeer): Promise<void> {
  await peer.frame();
  await peer.frame();
}

/** A handler for several servers, and what happens, by the index of the server. */
function forwardAll(servers: readonly Address[], options: ForwardOptions = {}) {
  const facts: string[] = [];
  let changed = Promise.withResolvers<void>();
  const closing = new AbortController();
  const handler = forwardTo(servers, {
    retryDelay: FOR_EVER,
    rest: FOR_EVER,
    timeout: 1_000,
    signal: closing.signal,
    refusal,
    ...options,
    watch(fact: UpstreamFact) {
      const server = servers.findIndex(({ port }) =>
        port === fact.upstream.port
      );
      const by = "client" in fact && fact.client.id === 0 ? " by probe" : "";
      facts.push(`${fact.type} ${server}${by}`);
      changed.resolve();
      changed = Promise.withResolvers();
    },
  });
  return {
    ask: async (client: Client = CLIENT) => await handler(request, client),
    /** What happened since this was last called, without the details of connections. */
    seen: () =>
      facts.splice(0).filter((fact) =>
        /^(asking|no answer|resting|back)/.test(fact)
      ),
    async happened(fact: string): Promise<void> {
      while (!facts.includes(fact)) await changed.promise;
    },
    [Symbol.dispose]: () => closing.abort(),
  };
}

Deno.test("several servers: they take turns", async () => {
  await using one = new BareServer(answerAll);
  await using two = new BareServer(answerAll);
  await using three = new BareServer(answerAll);
  const servers = [one, two, three];
  using forward = forwardAll(servers.map(({ address }) => address));
  for (let asked = 0; asked < 9; asked++) await forward.ask();
  assertEquals(servers.map(({ connections }) => connections), [3, 3, 3]);
});

Deno.test("several servers: if one does not answer, the next is asked at once, and it rests", async () => {
  const ways: Record<string, (peer: BarePeer) => Promise<void>> = {
    "closes at once": () => Promise.resolve(),
    "closes before its answer": async (peer) => void await peer.frame(),
    "is busy": (peer) => peer.write(busy.bytes),
    "breaks off": async (peer) => {
      await peer.frame();
      await peer.write(answer.bytes.subarray(0, -1));
    },
    "sends nonsense": async (peer) => {
      await peer.frame();
      await peer.write(new Uint8Array(12));
    },
    "holds the request": hold,
  };
  for (const way of Object.values(ways)) {
    await using bad = new BareServer(way);
    await using good = new BareServer(answerAll);
    using forward = forwardAll([bad.address, good.address]);
    assertEquals(await forward.ask(), answer);
    assertEquals(forward.seen(), [
      "asking 0",
      "no answer 0",
      "resting 0",
      "asking 1",
    ]);
    for (let asked = 0; asked < 4; asked++) await forward.ask();
    assertEquals(forward.seen(), Array(4).fill("asking 1"));
    assertEquals([bad.connections, good.connections], [1, 5]);
  }
});

Deno.test("several servers: if one refuses, the next is asked at once, and it rests", async () => {
  await using good = new BareServer(answerAll);
  using forward = forwardAll([unusedAddress(), good.address]);
  for (let asked = 0; asked < 4; asked++) await forward.ask();
  assertEquals(forward.seen(), [
    ...["asking 0", "no answer 0", "resting 0"],
    ...Array(4).fill("asking 1"),
  ]);
});

Deno.test("several servers: after its rest, a server gets a copy of one request, for which no client waits", async () => {
  const released = Promise.withResolvers<void>();
  let treat = (_: BarePeer) => Promise.resolve();
  await using lame = new BareServer((peer) => treat(peer));
  await using good = new BareServer(answerAll);
  using forward = forwardAll([lame.address, good.address], {
    rest: 0,
    timeout: FOR_EVER,
  });
  await forward.ask();
  forward.seen();
  treat = async (peer) => {
    await peer.frame();
    await released.promise;
  };
  await Promise.all([forward.ask(), forward.ask(), forward.ask()]);
  await forward.ask();
  assertEquals(forward.seen().toSorted(), [
    "asking 0 by probe",
    ...Array(4).fill("asking 1"),
  ]);
  released.resolve();
  await forward.happened("no answer 0 by probe");
  treat = answerAll;
  await forward.ask();
  await forward.happened("back 0");
  forward.seen();
  await forward.ask();
  await forward.ask();
  assertEquals(forward.seen().toSorted(), ["asking 0", "asking 1"]);
});

Deno.test("several servers: if all others have failed, resting ones are asked, too, silent ones last", async () => {
  await using silent = new BareServer(hold);
  const address = unusedAddress();
  const last = new BareServer(answerAll);
  using forward = forwardAll([silent.address, address, last.address]);
  for (let asked = 0; asked < 3; asked++) await forward.ask();
  const isRest = (fact: string) => fact.startsWith("resting");
  assertEquals(forward.seen().filter(isRest), ["resting 0", "resting 1"]);
  await last[Symbol.asyncDispose]();
  await using _ = serve({ port: address.port }, () => answer);
  assertEquals(await forward.ask(), answer);
  assertEquals(forward.seen(), [
    ...["asking 2", "no answer 2", "resting 2"],
    ...["asking 1", "back 1"],
  ]);
});

Deno.test("several servers: only when all have failed is there a delay, and then another attempt", async () => {
  const [one, two] = [unusedAddress(), unusedAddress()];
  using forward = forwardAll([one, two], { attempts: 3, retryDelay: 20 });
  const start = performance.now();
  const error = await assertRejects(() => forward.ask(), NoAnswerError);
  assertEquals(performance.now() - start > 35, true);
  assertEquals(
    error.message,
    `No answer from 2 servers: Connection refused by 127.0.0.1:${two.port} after 3 attempts`,
  );
  assertEquals([error.reason, error.phase], ["refused", "connecting"]);
  assertEquals(forward.seen().filter((fact) => fact.startsWith("asking")), [
    ...["asking 0", "asking 1", "asking 0", "asking 1"],
    ...["asking 0", "asking 1"],
  ]);
});

Deno.test("several servers: a server that has held a request is not asked again for it", async () => {
  await using silent = new BareServer(hold);
  const address = unusedAddress();
  using forward = forwardAll([silent.address, address], {
    attempts: 3,
    retryDelay: 1,
  });
  await assertRejects(() => forward.ask(), NoAnswerError);
  assertEquals(silent.connections, 1);
  assertEquals(
    forward.seen().filter((fact) => fact === "asking 1").length,
    3,
  );
  // If all of them are, there is nothing to wait for.
  await using other = new BareServer(hold);
  using silence = forwardAll([silent.address, other.address]);
  const { message } = await assertRejects(() => silence.ask(), NoAnswerError);
  assertEquals(
    message,
    `No answer from 2 servers: No answer from 127.0.0.1:${other.address.port} within 1 s`,
  );
  assertEquals([silent.connections, other.connections], [2, 1]);
});

Deno.test("several servers: one that holds requests is detected even if clients give up early", async () => {
  await using silent = new BareServer(hold);
  await using good = new BareServer(answerAll);
  using forward = forwardAll([silent.address, good.address]);
  const closed = new AbortController();
  const asked = forward.ask({ ...CLIENT, closeSignal: closed.signal });
  await forward.happened("sending 0");
  closed.abort();
  await assertRejects(() => asked, DOMException);
  await forward.happened("resting 0");
  assertEquals(forward.seen(), [
    ...["asking 0", "asking 0 by probe", "no answer 0 by probe", "resting 0"],
  ]);
});

Deno.test("several servers: each has kept connections, which are closed when it rests", async () => {
  const open = [0, 0];
  let isWell = true;
  const servers = open.map((_, index) =>
    new BareServer(async (peer) => {
      open[index]!++;
      while (await peer.frame()) {
        if (index === 0 && !isWell) await peer.frame();
        else await peer.write(answer.bytes);
      }
      open[index]!--;
    })
  );
  const [one, two] = servers;
  using forward = forwardAll(servers.map(({ address }) => address), {
    maxIdleConnections: 2,
  });
  const askFour = () =>
    Promise.all(Array.from({ length: 4 }, () => forward.ask()));
  await askFour();
  await askFour();
  assertEquals([one?.connections, two?.connections], [2, 2]);
  isWell = false;
  await askFour();
  while (open[0]! > 0) await new Promise((resolve) => setTimeout(resolve));
  assertEquals([one?.connections, two?.connections], [2, 2]);
  forward[Symbol.dispose]();
  for (const server of servers) await server[Symbol.asyncDispose]();
});

Deno.test("several servers: one listed twice counts once, without rests", async () => {
  const address = unusedAddress();
  using forward = forwardAll([address, { ...address }], { attempts: 1 });
  const { message } = await assertRejects(() => forward.ask(), NoAnswerError);
  assertEquals(
    message,
    `Connection refused by 127.0.0.1:${address.port} after 1 attempt`,
  );
  assertEquals(forward.seen(), ["asking 0", "no answer 0"]);
});

Deno.test("several servers: all of them are restarted, one by one, and no request fails", async () => {
  const start = (port = 0) => serve({ port }, calculator());
  const servers = [start(), start(), start()];
  using forward = forwardAll(servers.map(({ address }) => address), {
    timeout: 5_000,
    rest: 1,
  });
  let isOver = false;
  const clients = Promise.all(Array.from({ length: 4 }, async () => {
    let answers = 0;
    for (; !isOver; answers++) {
      assertEquals(decodeResponse(await forward.ask()).result, "3");
    }
    return answers;
  }));
  for (const [index, server] of servers.entries()) {
    await server.close();
    await forward.happened(`resting ${index}`);
    servers[index] = start(server.address.port);
    await forward.happened(`back ${index}`);
  }
  isOver = true;
  await clients;
  for (const server of servers) await server.close();
});
