import { assertEquals } from "@std/assert";
import { type RedisFact, RedisStore } from "../../lib/redis/mod.ts";
import { Certified } from "../../tools/harness/certificate.ts";
import { hasRedis, RedisServer } from "../../tools/harness/redis_server.ts";
import { RedisCluster } from "../../tools/harness/redis_cluster.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

const ignore = !await hasRedis();

function test(name: string, body: () => Promise<void>): void {
  const missing = ignore ? " (needs redis-server)" : "";
  Deno.test(`shared cache: ${name}${missing}`, { ignore }, body);
}

/** Why an engine cannot be used, as it is logged. */
async function reasonOf(urls: readonly string[], ca?: string): Promise<string> {
  const closing = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const watch = (fact: RedisFact) => {
    if (fact.type === "shared cache down") resolve(fact.error.message);
    if (fact.type === "shared cache up") reject(new Error("It is up"));
  };
  new RedisStore(urls, { timeout: 1_000, ca, signal: closing.signal, watch });
  try {
    return await promise;
  } finally {
    closing.abort();
  }
}

/** Answers each connection at once, and then keeps it or closes it. */
function greeter(greeting: string, isOpen = true) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      await conn.write(new TextEncoder().encode(greeting)).catch(() => {});
      if (isOpen) conns.push(conn);
      else conn.close();
    }
  })();
  return {
    url: `redis://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const conn of conns) conn.close();
    },
  };
}

const REFUSES = "connection refused";
const CLOSES = "it closed the connection";
const FOREIGN = "it does not speak the protocol of Redis";

Deno.test("shared cache: nothing listens", async () => {
  const { port } = unusedAddress();
  for (const host of ["127.0.0.1", "localhost"]) {
    assertEquals(await reasonOf([`redis://${host}:${port}`]), REFUSES);
  }
  const nodes = [port, unusedAddress().port].map((each) =>
    `redis://127.0.0.1:${each}`
  );
  assertEquals(await reasonOf(nodes), REFUSES);
});

Deno.test("shared cache: a host name that does not resolve", async () => {
  assertEquals(
    await reasonOf(["redis://cache.invalid"]),
    "its host name does not resolve",
  );
});

Deno.test("shared cache: what answers is no engine", async () => {
  for (const greeting of ["HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-x\r\n"]) {
    await using other = greeter(greeting);
    assertEquals(await reasonOf([other.url]), FOREIGN);
  }
  await using silent = greeter("");
  assertEquals(await reasonOf([silent.url]), "no answer within 2000 ms");
  await using closing = greeter("", false);
  assertEquals(await reasonOf([closing.url]), CLOSES);
});

Deno.test("shared cache: a refusal before the first command, in its first sentence", async () => {
  const denied = "DENIED Redis is running in protected mode.";
  await using engine = greeter(`-${denied} In this mode it is not.\r\n`, false);
  assertEquals(await reasonOf([engine.url]), denied);
  assertEquals(await reasonOf([engine.url, engine.url]), denied);
});

test("an engine with too many clients", async () => {
  await using redis = await RedisServer.start(["--maxclients", "1"]);
  using _first = await Deno.connect({ port: redis.port });
  assertEquals(
    await reasonOf([redis.url]),
    "ERR max number of clients reached",
  );
});

test("a cluster without slots", async () => {
  const args = ["--cluster-enabled", "yes"];
  await using one = await RedisServer.start(args);
  await using other = await RedisServer.start(args);
  assertEquals(
    await reasonOf([one.url, other.url]),
    "not all slots of the cluster are served",
  );
});

test("a node of a cluster, given alone", async () => {
  await using cluster = await RedisCluster.start();
  const reasons = await Promise.allSettled(
    cluster.urls.map((url) => reasonOf([url])),
  );
  // One of the three has the slot that is tried first.
  assertEquals(
    reasons.flatMap((reason) => "value" in reason ? [reason.value] : []),
    Array(2).fill(
      "it is a node of a cluster, which needs the URLs of several nodes",
    ),
  );
});

test("one side speaks TLS, or the other side requires a certificate", async () => {
  await using certified = await Certified.make();
  await using plain = await RedisServer.start();
  const { port } = unusedAddress();
  const { cert, key, ca } = certified.files;
  await using _secure = await RedisServer.start([
    ...["--tls-port", `${port}`, "--tls-auth-clients", "yes"],
    ...["--tls-cert-file", cert, "--tls-key-file", key],
    ...["--tls-ca-cert-file", ca],
  ]);
  assertEquals(
    await reasonOf([`rediss://127.0.0.1:${plain.port}`]),
    "not connected within 2000 ms",
  );
  assertEquals(await reasonOf([`redis://127.0.0.1:${port}`]), CLOSES);
  const required = await reasonOf([`rediss://localhost:${port}`], certified.ca);
  // It may close the connection before its reason is read.
  if (required !== CLOSES) {
    assertEquals(
      required,
      "it requires a client certificate, which is not supported",
    );
  }
});
