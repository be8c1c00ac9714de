/**
 * Options that are out of range, misspelt or `undefined`.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cached, ResponseStore } from "../../lib/cache/mod.ts";
import { calculator } from "../../lib/calculator.ts";
import { calculate } from "../../lib/client/calculate.ts";
import { encodeRequest } from "../../lib/message/mod.ts";
import {
  type Address,
  ask,
  connect,
  type ConnectOptions,
  type ForwardOptions,
  forwardTo,
  type ServeOptions,
  type TlsOptions,
} from "../../lib/net/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { RedisStore } from "../../lib/redis/mod.ts";
import { serve } from "../../lib/serve.ts";
import { timeLimit } from "../../lib/time_limit.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

const badTimes = [-1, NaN, 0, -Infinity];
const badCounts = [0, -1, 1.5, NaN];

const badServe: Partial<ServeOptions>[] = [
  ...badTimes.flatMap((time) => [
    { readTimeout: time },
    { idleTimeout: time },
    { writeTimeout: time },
  ]),
  ...badCounts.flatMap((count) => [
    { maxConnections: count },
    { maxConnectionsPerClient: count },
    { backlog: count },
  ]),
  { port: -1 },
  { port: 65_536 },
  { port: 1.5 },
  { port: NaN },
  { hostname: "" },
];

for (const options of badServe) {
  const [[name, value] = []] = Object.entries(options);
  Deno.test(`serve: ${name} cannot be ${Deno.inspect(value)}`, () => {
    const error = assertThrows(
      () => serve({ port: 0, ...options }, calculator()),
      RangeError,
      `"${name}" must be a`,
    );
    assertEquals(
      error.message.endsWith(`: received ${Deno.inspect(value)}`),
      true,
    );
  });
}

const badConnect: ConnectOptions[] = badTimes.flatMap((time) => [
  { timeout: time },
  { connectTimeout: time },
]);

Deno.test("connect: options are checked before anything is sent", async () => {
  await using server = new BareServer(() => Promise.resolve());
  const { address } = server;
  for (const options of badConnect) {
    for (
      const call of [
        () => connect(address, options),
        () => ask(address, encodeRequest("1"), options),
        () => calculate(address, "1", options),
      ]
    ) await assertRejects(call, RangeError, "must be a time in milliseconds");
  }
  const badAddresses: [Address, string][] = [
    [{ ...address, port: 70_000 }, '"port" must be'],
    [{ ...address, port: NaN }, '"port" must be'],
    [{ ...address, hostname: "" }, '"hostname" must be'],
  ];
  for (const [address, message] of badAddresses) {
    await assertRejects(() => connect(address), RangeError, message);
  }
  assertEquals(server.connections, 0);
});

Deno.test("Connection: the options of a request are checked, and the connection stays open", async () => {
  await using server = serve({ port: 0 }, calculator());
  using connection = await connect(server.address);
  const request = encodeRequest("1 + 2");
  for (const timeout of badTimes) {
    await assertRejects(() => connection.ask(request, { timeout }), RangeError);
    assertThrows(() => connection.pipeline([], { timeout }), RangeError);
  }
  for (const inFlight of badCounts) {
    assertThrows(() => connection.pipeline([], { inFlight }), RangeError);
  }
  assertEquals((await connection.ask(request)).status, 200);
});

const badForward: Omit<ForwardOptions, "watch">[] = [
  ...badTimes.flatMap((time) => [{ timeout: time }, { connectTimeout: time }]),
  { retryDelay: -1 },
  { retryDelay: NaN },
  { rest: -1 },
  { rest: NaN },
  ...badCounts.map((count) => ({ attempts: count })),
  { maxIdleConnections: -1 },
  { maxIdleConnections: 0.5 },
];

Deno.test("forwardTo, proxy: options are checked at once", () => {
  for (const options of badForward) {
    for (const create of [forwardTo, proxy]) {
      assertThrows(() => create(unusedAddress(), options), RangeError);
    }
  }
  const { hostname } = unusedAddress();
  for (const servers of [[], [unusedAddress(), { hostname, port: -1 }]]) {
    assertThrows(() => forwardTo(servers), RangeError);
  }
});

Deno.test("timeLimit: the limit must be a time", () => {
  for (const limit of badTimes) {
    assertThrows(() => timeLimit(calculator(), limit), RangeError);
  }
});

Deno.test("shutdown: the grace period must be a time, or Infinity", async () => {
  await using server = serve({ port: 0 }, calculator());
  for (const grace of [-1, NaN]) {
    await assertRejects(() => server.shutdown(grace), RangeError);
  }
  await calculate(server.address, "1 + 2");
  await server.shutdown(Infinity);
});

Deno.test("tls: an unknown option is refused instead of ignored", async () => {
  const tls = { ca: "nonsense" };
  const message =
    'Unknown TLS option "ca": expected cert, key, caCerts, hostname';
  // @ts-expect-error: TypeScript refuses it.
  const options: Pick<ConnectOptions, "tls"> = { tls };
  assertThrows(
    () => serve({ port: 0, ...options }, calculator()),
    TypeError,
    message,
  );
  const address = unusedAddress();
  assertThrows(() => forwardTo(address, options), TypeError, message);
  await assertRejects(() => connect(address, options), TypeError, message);
});

Deno.test("tls: options that cannot be parsed are refused before anything is sent", async () => {
  const address = unusedAddress();
  const bad: [TlsOptions, string][] = [
    [{ caCerts: ["nonsense"] }, "Expected a CA certificate in PEM"],
    [{ cert: "nonsense" }, "TLS needs a certificate and its private key"],
    [{ cert: "nonsense", key: "nonsense" }, "Expected a certificate in PEM"],
  ];
  for (const [tls, message] of bad) {
    assertThrows(() => serve({ port: 0, tls }, calculator()), TypeError);
    for (const create of [forwardTo, proxy]) {
      assertThrows(() => create(address, { tls }), TypeError, message);
    }
    await assertRejects(() => connect(address, { tls }), TypeError, message);
    await assertRejects(
      () => calculate(address, "1", { tls }),
      TypeError,
      message,
    );
  }
});

Deno.test("cached, proxy: staleIfError must be a time", () => {
  for (const staleIfError of [-1, NaN]) {
    const message = `"staleIfError" must be a time in seconds`;
    assertThrows(
      () => cached(calculator(), new ResponseStore(), { staleIfError }),
      RangeError,
      message,
    );
    assertThrows(
      () => proxy(unusedAddress(), { staleIfError }),
      RangeError,
      message,
    );
  }
});

Deno.test("calculator: maxAge must fit a frame", () => {
  for (const maxAge of [-1, NaN, 1.5, 65_535]) {
    for (const cache of [true, false]) {
      assertThrows(() => calculator({ cache, maxAge }), RangeError, "max-age");
    }
  }
});

Deno.test("RedisStore: the timeout must be a time", () => {
  for (const timeout of [...badTimes, Infinity]) {
    assertThrows(
      () => new RedisStore(["redis://127.0.0.1"], { timeout }),
      RangeError,
      '"timeout" must be',
    );
  }
});

Deno.test("options: any may be undefined, and then has its default", async () => {
  await using server = serve({
    port: 0,
    hostname: undefined,
    tls: undefined,
    backlog: undefined,
    sharePort: undefined,
    readTimeout: undefined,
    idleTimeout: undefined,
    writeTimeout: undefined,
    maxConnections: undefined,
    maxConnectionsPerClient: undefined,
    onListen: undefined,
    signal: undefined,
    watch: undefined,
    errorResponse: undefined,
  }, calculator({ cache: undefined, maxAge: undefined }));
  await using between = serve(
    { port: 0 },
    proxy(server.address, {
      attempts: undefined,
      retryDelay: undefined,
      timeout: undefined,
      connectTimeout: undefined,
      rest: undefined,
      tls: undefined,
      maxIdleConnections: undefined,
      signal: undefined,
      store: undefined,
      now: undefined,
      staleIfError: undefined,
      watch: undefined,
    }),
  );
  const answer = await calculate(between.address, "1 + 2", {
    cache: undefined,
    maxAge: undefined,
    steps: undefined,
    format: undefined,
    timeout: undefined,
    connectTimeout: undefined,
    tls: undefined,
    signal: undefined,
    watch: undefined,
  });
  assertEquals(answer, { result: "3", steps: ["1 + 2", "3"] });
});
