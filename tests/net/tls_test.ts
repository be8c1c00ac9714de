import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import {
  type Address,
  ask,
  connect,
  type ConnectOptions,
  forwardTo,
  NoAnswerError,
  serve,
  type ServeFact,
  type ServeOptions,
  type Server,
} from "../../lib/net/mod.ts";
import { startTls } from "../../lib/net/tls/start_tls.ts";
import { writeAll } from "../../lib/net/conn.ts";
import { FrameReader, type Watch } from "../../lib/protocol/mod.ts";
import { join } from "../../tools/harness/join.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";
import { CLIENT } from "../../tools/harness/client.ts";

const ignore = !await canCertify();

function test(name: string, run: (by: Certified) => Promise<void>): void {
  const missing = ignore ? " (needs openssl)" : "";
  Deno.test(`tls: ${name}${missing}`, { ignore }, async () => {
    await using certified = await Certified.make();
    await run(certified);
  });
}

const request = encodeRequest("6 * 7");

function start(
  { cert, key }: Certified,
  options: Partial<ServeOptions> = {},
): Server {
  return serve({ port: 0, ...options, tls: { cert, key } }, calculator());
}

/** A watcher that passes on why a connection was closed. */
function reasonTo(take: (reason: unknown) => void): Watch<ServeFact> {
  return (fact) => fact.type === "closed" && take(fact.reason);
}

async function assertAnswered(
  address: Address,
  options: ConnectOptions,
): Promise<void> {
  const response = await ask(address, request, options);
  assertEquals(decodeResponse(response).result, "42");
}

async function assertNoAnswer(
  address: Address,
  options: ConnectOptions,
  message: string,
): Promise<void> {
  await assertRejects(
    () => ask(address, request, options),
    NoAnswerError,
    message,
  );
}

test("a client that trusts the authority is answered, by name and by address", async (by) => {
  await using server = start(by);
  const tls = { caCerts: [by.ca] };
  await assertAnswered(server.address, { tls });
  await assertAnswered({ ...server.address, hostname: "localhost" }, { tls });
  using connection = await connect(server.address, { tls });
  for (const expression of ["1", "2", "3"]) {
    const response = await connection.ask(encodeRequest(expression));
    assertEquals(decodeResponse(response).result, expression);
  }
});

test("a client that does not trust the authority gets an error, and others are served", async (by) => {
  await using server = start(by);
  await assertNoAnswer(server.address, { tls: {} }, "unable to verify");
  await assertAnswered(server.address, { tls: { caCerts: [by.ca] } });
});

test("a certificate for another name is not trusted", async (by) => {
  await using server = start(by, { hostname: "127.0.0.2" });
  const message = "Cannot connect to 127.0.0.2";
  await assertNoAnswer(server.address, { tls: { caCerts: [by.ca] } }, message);
});

test("a plain client gets no answer, and others are served", async (by) => {
  await using server = start(by);
  await assertNoAnswer(server.address, {}, "speaks TLS: connect with TLS");
  await assertAnswered(server.address, { tls: { caCerts: [by.ca] } });
});

test("a silent server times out", async (by) => {
  await using silent = new BareServer(async (peer) => {
    await peer.tcp.readable.pipeTo(new WritableStream());
  });
  await assertNoAnswer(
    silent.address,
    { tls: { caCerts: [by.ca] }, connectTimeout: 100 },
    "No connection to",
  );
});

test("a handshake has the read timeout, not the idle timeout", async (by) => {
  const closed = Promise.withResolvers<unknown>();
  await using server = start(by, {
    readTimeout: 300,
    watch: reasonTo(closed.resolve),
  });
  using silent = await Deno.connect(server.address);
  // The first bytes of a handshake do not buy any more time.
  await silent.write(new Uint8Array([22, 3, 1, 2, 0, 1]));
  assertEquals(
    `${await closed.promise}`,
    "Error: the client took too long to finish the TLS handshake",
  );
  assertEquals(await silent.read(new Uint8Array(1)).catch(() => null), null);
  await assertAnswered(server.address, { tls: { caCerts: [by.ca] } });
});

test("after its handshake a client may be idle for as long as any other", async (by) => {
  const closed = Promise.withResolvers<unknown>();
  await using server = start(by, {
    readTimeout: 60_000,
    idleTimeout: 300,
    watch: reasonTo(closed.resolve),
  });
  using _idle = await connect(server.address, { tls: { caCerts: [by.ca] } });
  assertEquals(
    `${await closed.promise}`,
    "Error: the client took too long to send a request",
  );
});

test("a connection that has not finished its handshake makes room", async (by) => {
  await using server = start(by, { maxConnections: 1 });
  using silent = await Deno.connect(server.address);
  await assertAnswered(server.address, { tls: { caCerts: [by.ca] } });
  assertEquals(await silent.read(new Uint8Array(1)).catch(() => null), null);
});

test("a client that half-closes still gets its answers", async (by) => {
  await using server = start(by);
  using tls = await Deno.connectTls({
    hostname: "localhost",
    port: server.address.port,
    caCerts: [by.ca],
  });
  await tls.write(request.bytes);
  await tls.closeWrite();
  const bytes = new Uint8Array(await new Response(tls.readable).arrayBuffer());
  assertEquals(bytes[5], bytes.length);
});

test("a server that shuts down closes its connections and finishes", async (by) => {
  const server = start(by);
  using connection = await connect(server.address, {
    tls: { caCerts: [by.ca] },
  });
  await connection.ask(request);
  await server.shutdown();
  await assertRejects(() => connection.ask(request), NoAnswerError);
});

test("a client verifies the host name in its options, if there is one", async (by) => {
  await using server = start(by);
  const { address } = server;
  const tls = (hostname: string) => ({ caCerts: [by.ca], hostname });
  await assertAnswered(address, { tls: tls("localhost") });
  await assertNoAnswer(
    address,
    { tls: tls("calc.example") },
    "Host: calc.example. is not in the cert's altnames",
  );
});

test("upstream may use TLS", async (by) => {
  await using server = start(by);
  const handler = forwardTo(server.address, { tls: { caCerts: [by.ca] } });
  const response = await handler(request, CLIENT);
  assertEquals(decodeResponse(response).result, "42");
});

test("an invalid certificate or key is rejected synchronously", async (by) => {
  for (
    const [tls, message] of [
      [{}, "TLS needs a certificate and its private key"],
      [{ cert: by.cert }, "TLS needs a certificate and its private key"],
      [{ key: by.key }, "TLS needs a certificate and its private key"],
      [{ cert: by.cert, key: "" }, "Expected a private key in PEM"],
      [{ cert: "", key: by.key }, "Expected a certificate in PEM"],
      [{ cert: by.key, key: by.key }, "Expected a certificate in PEM"],
      [
        { cert: by.ca, key: by.key },
        "The private key does not match the certificate",
      ],
    ] as const
  ) {
    const address = unusedAddress();
    assertThrows(
      () => serve({ ...address, tls }, calculator()),
      TypeError,
      message,
    );
    // It does not listen.
    await assertNoAnswer(address, {}, "Connection refused");
  }
});

test("a port in use is the same error as without TLS", async (by) => {
  await using server = start(by);
  const { port } = server.address;
  assertThrows(() => start(by, { port }), Deno.errors.AddrInUse);
});

test("the end of stream follows all data sent before it", async (by) => {
  const answer = encodeSuccess({ result: "42", steps: [] });
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<unknown>();
  await using server = serve(
    {
      port: 0,
      tls: { cert: by.cert, key: by.key },
      watch: reasonTo(closed.resolve),
    },
    async () => {
      await asked.promise;
      return answer;
    },
  );
  using tls = await Deno.connectTls({
    hostname: "localhost",
    port: server.address.port,
    caCerts: [by.ca],
  });
  const count = 20_000;
  await writeAll(tls, join(...Array(count).fill(request.bytes)));
  await tls.closeWrite();
  asked.resolve();
  const frames = new FrameReader(tls);
  let answers = 0;
  do {
    while (frames.take()) answers++;
  } while (await frames.fill());
  assertEquals([answers, await closed.promise], [count, undefined]);
});

test("a client that never reads is disconnected, and few answers wait for it", async (by) => {
  const long = encodeSuccess({ result: "9".repeat(60_000), steps: [] });
  const closed = Promise.withResolvers<unknown>();
  let received = 0;
  await using server = serve({
    port: 0,
    tls: { cert: by.cert, key: by.key },
    writeTimeout: 100,
    readTimeout: 100,
    watch(fact) {
      if (fact.type === "request") received++;
      if (fact.type === "closed") closed.resolve(fact.reason);
    },
  }, () => long);
  using deaf = await Deno.connectTls({
    hostname: "localhost",
    port: server.address.port,
    caCerts: [by.ca],
  });
  const many = join(...Array(5_000).fill(request.bytes));
  await Promise.race([writeAll(deaf, many).catch(() => {}), closed.promise]);
  assertEquals(
    `${await closed.promise}`,
    "Error: the client took too long to receive its responses",
  );
  assert(received < 500);
});

test("an invalid authority is a TypeError, not a missing answer", async (by) => {
  await using server = start(by);
  for (const ca of ["", "nonsense", by.key, by.ca.slice(0, 100)]) {
    const tls = { caCerts: [by.ca, ca] };
    await assertRejects(
      () => ask(server.address, request, { tls }),
      TypeError,
      "Expected a CA certificate in PEM",
    );
    // A function is called only when it is needed.
    const handler = forwardTo(server.address, { tls: () => tls });
    await assertRejects(
      async () => await handler(request, CLIENT),
      TypeError,
      "Expected a CA certificate in PEM",
    );
  }
  await assertAnswered(server.address, { tls: { caCerts: [by.ca] } });
});

test("a signal aborts a handshake", async (by) => {
  const reason = new RangeError("no longer needed");
  const aborting = new AbortController();
  await using silent = new BareServer(async (peer) => {
    await peer.tcp.read(new Uint8Array(1));
    aborting.abort(reason);
    await peer.tcp.readable.pipeTo(new WritableStream()).catch(() => {});
  });
  const options = { tls: { caCerts: [by.ca] }, signal: aborting.signal };
  const error = await assertRejects(
    () => connect(silent.address, options),
    RangeError,
  );
  assertStrictEquals(error, reason);
});

test("after its handshake, a connection no longer listens to the signal of connecting", async (by) => {
  await using server = start(by);
  const { signal } = new AbortController();
  const listeners = listenersOf(signal);
  const tcp = await Deno.connect(server.address);
  const handshake = startTls(tcp, "localhost", { caCerts: [by.ca] }, signal);
  assertEquals(listeners.count, 1);
  const conn = await handshake;
  assertEquals(listeners.count, 0);
  conn.close();
  await server.close();
});
