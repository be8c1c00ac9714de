import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type CacheFact, ResponseStore } from "../../lib/cache/mod.ts";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeServerError,
} from "../../lib/message/mod.ts";
import type { Server } from "../../lib/net/mod.ts";
import type { Frame, Handler } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import {
  type RedisFact,
  RedisStore,
  type RedisStoreOptions,
} from "../../lib/redis/mod.ts";
import { entryKey } from "../../lib/redis/entry.ts";
import { serve } from "../../lib/serve.ts";
import { Certified } from "../../tools/harness/certificate.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { hasRedis, RedisServer } from "../../tools/harness/redis_server.ts";
import { RedisCluster } from "../../tools/harness/redis_cluster.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

const ignore = !await hasRedis();

function test(name: string, body: () => Promise<void>): void {
  const missing = ignore ? " (needs redis-server)" : "";
  Deno.test(`shared cache: ${name}${missing}`, { ignore }, body);
}

/** How long to wait for a fact, in milliseconds. */
const PATIENCE = 20_000;

/** How long an answer may take, in milliseconds, on a machine that is busy. */
const TOO_LONG = 2_000;

type Seen = CacheFact | RedisFact;

/** The handler of a proxy with a small memory, and what is known about it. */
class SharingProxy implements Disposable {
  readonly handler: Handler;
  readonly facts: Seen[] = [];
  readonly #closing = new AbortController();
  #changed = Promise.withResolvers<void>();

  constructor(
    server: Server,
    urls: readonly string[],
    options: RedisStoreOptions = {},
  ) {
    const { signal } = this.#closing;
    const watch = (fact: Seen) => {
      this.facts.push(fact);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    };
    // A busy machine must not look like a slow engine.
    const store = { timeout: 1_000, ...options, signal, watch };
    this.handler = proxy(server.address, {
      store: new ResponseStore({ maxEntries: 10 }),
      shared: new RedisStore(urls, store),
      maxIdleConnections: 20,
      signal,
      watch(fact) {
        if ("tier" in fact) watch(fact);
      },
    });
  }

  /** Starts a proxy, and waits until its shared cache is up. */
  static async start(
    server: Server,
    urls: readonly string[],
    options?: RedisStoreOptions,
  ): Promise<SharingProxy> {
    const proxy = new SharingProxy(server, urls, options);
    await proxy.reports("shared cache up");
    return proxy;
  }

  /** How many facts of a type there are. */
  count(type: Seen["type"], tier?: CacheFact["tier"]): number {
    return this.facts.filter((fact) =>
      fact.type === type && (!tier || "tier" in fact && fact.tier === tier)
    ).length;
  }

  /** Waits until there are so many facts of a type. */
  async reports(type: Seen["type"], count = 1): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`Not reported: ${type}`));
    }, PATIENCE);
    try {
      while (this.count(type) < count) {
        await Promise.race([this.#changed.promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async ask(expression: string, maxAge?: number): Promise<Frame> {
    const options = maxAge === undefined ? {} : { maxAge };
    return await this.handler(encodeRequest(expression, options), CLIENT);
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }
}

/** Waits until a command has the expected result: writes are not awaited. */
async function becomes(
  redis: RedisServer,
  command: readonly (string | Uint8Array)[],
  expected: unknown,
): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (await redis.command(...command) !== expected) {
    if (performance.now() < deadline) continue;
    throw new Error(`${command[0]} never returned ${expected}`);
  }
}

/** The key of a request for an expression. */
function keyOf(expression: string): Uint8Array {
  return entryKey(encodeRequest(expression));
}

/** A server that counts the requests it gets. */
function counting(handler: Handler = calculator()) {
  const asked: Frame[] = [];
  const server = serve({ port: 0 }, (request, client) => {
    asked.push(request.copy());
    return handler(request, client);
  });
  return { asked, server };
}

/**
 * Keeps clients asking while something happens. All of them must get the right
 * answer in time.
 */
async function underLoad(
  proxies: readonly SharingProxy[],
  happens: () => Promise<void>,
): Promise<void> {
  let isOver = false;
  let asked = 0;
  const client = async () => {
    while (!isOver) {
      const number = asked++ % 300;
      const proxy = proxies[asked % proxies.length]!;
      const began = performance.now();
      const answer = await proxy.ask(`${number} + 1`);
      const elapsed = performance.now() - began;
      assertEquals(decodeResponse(answer).result, `${number + 1}`);
      assert(elapsed < TOO_LONG, `an answer took ${elapsed} ms`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const clients = Array.from({ length: 10 }, client);
  try {
    await happens();
  } finally {
    isOver = true;
    await Promise.all(clients);
  }
}

test("what one proxy has stored, another answers, bit for bit", async () => {
  await using redis = await RedisServer.start();
  const { server, asked } = counting();
  await using _server = server;
  using one = await SharingProxy.start(server, [redis.url]);
  using other = await SharingProxy.start(server, [redis.url]);
  const first = await one.ask("1 + 2");
  await becomes(redis, ["EXISTS", keyOf("1 + 2")], 1);
  const second = await other.ask("1 + 2");
  assertEquals(second.bytes, first.bytes);
  assertStrictEquals(await other.ask("1 + 2"), second);
  assertEquals(asked.length, 1);
  assertEquals(
    other.facts.map((fact) => "tier" in fact ? [fact.tier, fact.type] : []),
    [[], ["shared", "hit"], ["memory", "stored"], ["memory", "hit"]],
  );
});

test("simultaneous misses of a proxy ask it once", async () => {
  await using redis = await RedisServer.start();
  const { server, asked } = counting();
  await using _server = server;
  using proxy = await SharingProxy.start(server, [redis.url]);
  await redis.command("CONFIG", "RESETSTAT");
  await Promise.all(Array.from({ length: 20 }, () => proxy.ask("1 + 2")));
  const stats = `${await redis.command("INFO", "commandstats")}`;
  assertEquals(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1], "1");
  assertEquals(asked.length, 1);
});

test("it keeps what both sides allow, for as long as the server allows", async () => {
  await using redis = await RedisServer.start();
  const { server } = counting((request, client) => {
    const text = decodeRequest(request);
    if (text === "5 + 5") {
      return encodeServerError({ name: "InternalError", message: "" });
    }
    const maxAge = text === "2 + 2" ? 60 : Infinity;
    return calculator({ maxAge })(request, client);
  });
  await using _server = server;
  using proxy = await SharingProxy.start(server, [redis.url]);
  await proxy.ask("1 + 2");
  await proxy.ask("2 + 2");
  await proxy.ask("1 / 0");
  // None of these may be stored.
  await proxy.ask("rand(1, 6)");
  await proxy.ask("5 + 5");
  await proxy.ask("3 + 3", 0);
  await proxy.handler(encodeRequest("4 + 4", { cache: false }), CLIENT);
  await becomes(redis, ["DBSIZE"], 3);
  const life = (expression: string) => redis.command("PTTL", keyOf(expression));
  assertEquals(await life("1 + 2"), -1);
  assertEquals(await life("1 / 0"), -1);
  const left = Number(await life("2 + 2"));
  assert(left > 40_000 && left <= 60_000, `${left}`);
});

test("a response that is too old for a client is fetched again", async () => {
  await using redis = await RedisServer.start();
  const { server, asked } = counting();
  await using _server = server;
  using one = await SharingProxy.start(server, [redis.url]);
  const old = await one.ask("1 + 2");
  await becomes(redis, ["EXISTS", keyOf("1 + 2")], 1);
  const bytes = old.bytes.slice();
  new DataView(bytes.buffer).setUint32(0, old.timeStamp - 30);
  await redis.command("SET", keyOf("1 + 2"), bytes);
  using other = await SharingProxy.start(server, [redis.url]);
  const younger = await other.ask("1 + 2", 20);
  assert(younger.timeStamp >= old.timeStamp);
  assertEquals(asked.length, 2);
  // That has replaced the old one in both tiers.
  assertEquals((await other.ask("1 + 2", 20)).bytes, younger.bytes);
});

test("wrong data under a key is a miss, and is replaced", async () => {
  await using redis = await RedisServer.start();
  const { server, asked } = counting();
  await using _server = server;
  using proxy = await SharingProxy.start(server, [redis.url]);
  const frame = await calculator()(encodeRequest("1 + 2"), CLIENT);
  const error = encodeServerError({ name: "Busy", message: "" });
  await redis.command("RPUSH", keyOf("1 + 2"), "a list");
  await redis.command("SET", keyOf("2 + 2"), "no frame");
  await redis.command("SET", keyOf("3 + 2"), frame.bytes.subarray(0, -1));
  await redis.command("SET", keyOf("4 + 2"), encodeRequest("4 + 2").bytes);
  await redis.command("SET", keyOf("5 + 2"), error.bytes);
  await redis.command("SET", keyOf("6 + 2"), "");
  for (let number = 1; number <= 6; number++) {
    const answer = await proxy.ask(`${number} + 2`);
    assertEquals(decodeResponse(answer).result, `${number + 2}`);
    const { length } = answer.bytes;
    await becomes(redis, ["TYPE", keyOf(`${number} + 2`)], "string");
    await becomes(redis, ["STRLEN", keyOf(`${number} + 2`)], length);
  }
  assertEquals(asked.length, 6);
  assertEquals(proxy.count("shared cache down"), 0);
});

test("an engine that is killed and restarted empty under load: no client notices", async () => {
  const { server } = counting();
  await using _server = server;
  await using first = await RedisServer.start();
  using one = await SharingProxy.start(server, [first.url]);
  using other = await SharingProxy.start(server, [first.url]);
  const proxies = [one, other];
  await underLoad(proxies, async () => {
    await Promise.all(proxies.map((proxy) => proxy.reports("hit")));
    await first.signal("SIGKILL");
    await Promise.all(proxies.map((each) => each.reports("shared cache down")));
    await using _second = await RedisServer.start([], { port: first.port });
    await Promise.all(
      proxies.map((each) => each.reports("shared cache up", 2)),
    );
    const hits = one.count("hit", "shared");
    while (one.count("hit", "shared") === hits) {
      await one.reports("hit", one.count("hit") + 1);
    }
  });
  for (const proxy of proxies) {
    const downs = proxy.facts.filter(({ type }) =>
      type === "shared cache down"
    );
    assert(downs.length <= 2, Deno.inspect(downs));
  }
});

test("an engine that is stopped and continued under load: it is not used meanwhile, and no commands pile up", async () => {
  const { server } = counting();
  await using _server = server;
  await using redis = await RedisServer.start();
  using proxy = await SharingProxy.start(server, [redis.url], { timeout: 50 });
  await underLoad([proxy], async () => {
    await proxy.reports("hit");
    const downs = proxy.count("shared cache down");
    await redis.signal("SIGSTOP");
    await proxy.reports("shared cache down", downs + 1);
    const misses = proxy.count("stored", "memory");
    while (proxy.count("stored", "memory") < misses + 500) {
      await proxy.reports("stored", proxy.count("stored") + 1);
    }
    const ups = proxy.count("shared cache up");
    await redis.signal("SIGCONT");
    await proxy.reports("shared cache up", ups + 1);
    // The dropped commands are gone: the engine does not execute them later.
    const clients = `${await redis.command("INFO", "clients")}`;
    const connected = Number(/connected_clients:(\d+)/.exec(clients)?.[1]);
    assert(connected <= 5, clients);
  });
});

test("a full engine without eviction is still read", async () => {
  const { server } = counting();
  await using _server = server;
  await using redis = await RedisServer.start();
  using proxy = await SharingProxy.start(server, [redis.url]);
  await underLoad([proxy], async () => {
    await proxy.reports("hit");
    await redis.command(
      "CONFIG",
      "SET",
      "maxmemory",
      "1",
      "maxmemory-policy",
      "noeviction",
    );
    await redis.command("DEL", keyOf("7 + 1"));
    await proxy.reports("not shared");
    const hits = proxy.count("hit");
    await proxy.reports("hit", hits + 100);
  });
  const failed = proxy.facts.find(({ type }) => type === "not shared");
  assert(
    failed?.type === "not shared" && failed.error.message.startsWith("OOM"),
  );
  assertEquals(proxy.count("shared cache down"), 0);
});

test("a wrong password is reported once, without it, and rarely retried", async () => {
  const { server, asked } = counting();
  await using _server = server;
  await using redis = await RedisServer.start([], { password: "right" });
  const url = (password: string) => redis.url.replace("//", `//:${password}@`);
  using wrong = new SharingProxy(server, [url("mistaken")]);
  using none = new SharingProxy(server, [redis.url]);
  using right = await SharingProxy.start(server, [url("right")]);
  const proxies = [wrong, none];
  await underLoad(proxies, async () => {
    await Promise.all(proxies.map((each) => each.reports("shared cache down")));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  });
  assert(asked.length > 0);
  for (const proxy of proxies) {
    const [down, ...others] = proxy.facts.filter(({ type }) =>
      type.startsWith("shared cache")
    );
    assert(down?.type === "shared cache down" && others.length === 0);
    assertEquals(down.engine, redis.url);
    assert(/WRONGPASS|NOAUTH/.test(down.error.message), `${down.error}`);
    assert(!Deno.inspect(down).includes('wrong"'));
  }
  assertEquals(right.count("shared cache down"), 0);
  const stats = `${await redis.command("INFO", "stats")}`;
  const accepted = Number(/connections_received:(\d+)/.exec(stats)?.[1]);
  assert(accepted <= 4, stats);
});

test("an engine that does not exist causes no errors", async () => {
  const { server } = counting();
  await using _server = server;
  const { port } = unusedAddress();
  using proxy = new SharingProxy(server, [`redis://127.0.0.1:${port}`]);
  await underLoad([proxy], async () => {
    await proxy.reports("shared cache down");
    await proxy.reports("stored", 100);
  });
});

test("with TLS, only an engine with a certificate of the right authority is used", async () => {
  await using certified = await Certified.make();
  await using strange = await Certified.make();
  const { cert, key } = certified.files;
  const { port } = unusedAddress();
  await using redis = await RedisServer.start([
    ...["--tls-port", `${port}`, "--tls-auth-clients", "no"],
    ...["--tls-cert-file", cert, "--tls-key-file", key],
    ...["--tls-ca-cert-file", certified.files.ca],
  ]);
  const { server, asked } = counting();
  await using _server = server;
  const urls = [`rediss://localhost:${port}`];
  using one = await SharingProxy.start(server, urls, { ca: certified.ca });
  using other = await SharingProxy.start(server, urls, { ca: certified.ca });
  const first = await one.ask("1 + 2");
  await becomes(redis, ["DBSIZE"], 1);
  assertEquals((await other.ask("1 + 2")).bytes, first.bytes);
  assertEquals(asked.length, 1);
  for (const ca of [strange.ca, undefined]) {
    using untrusting = new SharingProxy(server, urls, { ca });
    await untrusting.reports("shared cache down");
    assertEquals(decodeResponse(await untrusting.ask("1 + 2")).result, "3");
    assertEquals(untrusting.count("shared cache up"), 0);
  }
});

test("a cluster that moves slots under load: no client notices", async () => {
  await using cluster = await RedisCluster.start();
  const { server, asked } = counting();
  await using _server = server;
  // One node that answers is enough to find the others.
  const urls = [`redis://127.0.0.1:${unusedAddress().port}`, cluster.urls[1]!];
  using one = await SharingProxy.start(server, cluster.urls);
  using other = await SharingProxy.start(server, urls);
  const sizes = () =>
    Promise.all(cluster.nodes.map((node) => node.command("DBSIZE")));
  await underLoad([one, other], async () => {
    await Promise.all([one, other].map((proxy) => proxy.reports("hit", 500)));
    assert((await sizes()).every((size) => Number(size) > 0));
    await cluster.move(0, 1, 500);
    await cluster.move(2, 0, 500);
    const hits = one.count("hit", "shared");
    while (one.count("hit", "shared") < hits + 300) {
      await one.reports("hit", one.count("hit") + 1);
    }
  });
  // All 300 requests have reached the server, and hardly any of them twice.
  assert(asked.length < 600, `${asked.length}`);
});
