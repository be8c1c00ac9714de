/**
 * What the server and the proxy tell of themselves beside their usual lines.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "../../lib/message/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { RoleProcess, runClient } from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

async function startBoth(proxyArgs: string[] = [], serverArgs: string[] = []) {
  const server = await RoleProcess.start("server", serverArgs);
  const proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(server.address), ...proxyArgs],
  ]);
  return { server, proxy };
}

Deno.test("watching: each role prints its counters when it exits", async () => {
  const { server, proxy } = await startBoth(["--entries", "1"]);
  await runClient(proxy.address, ["1 + 1", "1+1", "1 / 0", "rand(0, 1)"]);
  await proxy.end();
  await server.end();
  const counters = "requests 4, hits 1, misses 3, stale 0, stored 2, " +
    "evicted 1, upstream errors 0, bytes received ";
  assertStringIncludes(
    `${proxy.lines.at(-1)}`,
    `Counters: accepted 1, refused 0, ${counters}`,
  );
  assertStringIncludes(
    `${server.lines.at(-1)}`,
    "Counters: accepted 3, refused 0, requests 3, bytes received ",
  );
});

for (const signal of ["SIGUSR1", "SIGUSR2"] as const) {
  Deno.test({
    name: `watching: on ${signal} a role prints its counters and continues`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using server = await RoleProcess.start("server");
      await runClient(server.address, ["1 + 1"]);
      server.signal(signal);
      await server.printed("Counters: accepted 1, refused 0, requests 1");
      await runClient(server.address, ["1 + 1"]);
      server.signal(signal);
      await server.printed("Counters: accepted 2, refused 0, requests 2");
    },
  });
}

Deno.test("watching: --log json prints facts as objects", async () => {
  const { server, proxy } = await startBoth(
    ["--log", "json"],
    ["--log", "json", "--max-age", "60"],
  );
  await runClient(proxy.address, ["1 + 1", "1 + 1"]);
  await proxy.printed('"closed"');
  await proxy.end();
  await server.end();
  const upstream = formatAddress(server.address);
  const asked = {
    bytes: 18,
    expression: "1 + 1",
    steps: true,
    cache: true,
    maxAge: "inf",
  };
  const answered = { bytes: 24, status: 200, cache: true, maxAge: 60 };
  const facts = (role: RoleProcess) =>
    role.lines.map((line) => {
      // A second may have passed.
      const { time, client, address, server, timeStamp, elapsed, ...fact } =
        JSON.parse(
          line.replace('"serverTimeRemaining":59', '"serverTimeRemaining":60'),
        );
      assertEquals(new Date(time).toISOString(), time);
      assert(
        fact.event === "counters" ||
          /^127\.0\.0\.1:\d+$/.test(client ?? address),
      );
      assertEquals(server ?? upstream, upstream);
      const isAnswer = ["response", "answered"].includes(fact.event);
      assertEquals(typeof timeStamp, isAnswer ? "number" : "undefined");
      assertEquals(elapsed > 0, fact.event === "response");
      return fact;
    });
  assertEquals(facts(server), [
    { event: "listening" },
    { event: "connected" },
    { event: "request", ...asked },
    { event: "response", ...answered },
    { event: "closed" },
    {
      event: "counters",
      accepted: 1,
      refused: 0,
      requests: 1,
      bytesReceived: 18,
      bytesSent: 24,
    },
  ]);
  assertEquals(facts(proxy), [
    { event: "listening" },
    { event: "connected" },
    { event: "request", ...asked },
    { event: "asking", attempt: 1 },
    { event: "upstream opened" },
    { event: "sending", bytes: 18 },
    { event: "answered", ...answered },
    { event: "upstream closed" },
    {
      event: "stored",
      tier: "memory",
      serverTimeRemaining: 60,
      clientTimeRemaining: "inf",
    },
    { event: "response", ...answered },
    { event: "request", ...asked },
    {
      event: "hit",
      tier: "memory",
      serverTimeRemaining: 60,
      clientTimeRemaining: "inf",
    },
    { event: "response", ...answered },
    { event: "closed" },
    {
      event: "counters",
      accepted: 1,
      refused: 0,
      requests: 2,
      hits: 1,
      misses: 1,
      stale: 0,
      stored: 1,
      evicted: 0,
      upstreamErrors: 0,
      bytesReceived: 36,
      bytesSent: 48,
    },
  ]);
});

Deno.test("watching: failures and refusals are facts too", async () => {
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(unusedAddress()), "--attempts", "1"],
    ...["--log", "json", "--max-connections", "1"],
  ]);
  {
    using first = await BarePeer.connect(proxy.address);
    await proxy.printed('"connected"');
    // A request under way: an idle connection would make room.
    await first.write(encodeRequest("1 + 1").bytes.subarray(0, 5));
    using second = await BarePeer.connect(proxy.address);
    const response = await second.frame();
    assert(response);
    const error = assertThrows(() => decodeResponse(response), RemoteError);
    assertEquals([error.status, error.name], [500, "Busy"]);
    const { port } = second.tcp.localAddr;
    await proxy.printed(`"event":"refused","client":"127.0.0.1:${port}"`);
  }
  await proxy.printed('"closed"');
  await runClient(proxy.address, ["1 + 1"]);
  await proxy.printed('"event":"asking","client":"127.0.0.1:');
  await proxy.printed('"event":"no answer","client":"127.0.0.1:');
  await proxy.printed('"event":"failure","client":"127.0.0.1:');
  await proxy.printed('"error":"Connection refused by 127.0.0.1:');
});

Deno.test("watching: with --stale-if-error, a stale answer replaces that of a dead server, and the log says so", async () => {
  const { server, proxy } = await startBoth(
    ["--stale-if-error", "60", "--attempts", "1"],
    ["--max-age", "2"],
  );
  await using _ = proxy;
  await runClient(proxy.address, ["1 + 1"]);
  await server.end();
  // Until it is stale, it is a hit.
  let hits = 0;
  do {
    const { stdout } = await runClient(proxy.address, ["-q", "1 + 1"]);
    assertStringIncludes(stdout, "Result: 2\n");
    hits = proxy.lines.filter((line) => line.includes("Cache hit")).length;
  } while (!proxy.lines.some((line) => line.includes("Cache miss, stale")));
  assert(hits < 100);
  await proxy.printed(
    `Cache miss, stale response sent: Connection refused by ${
      formatAddress(server.address)
    } after 1 attempt`,
  );
});
