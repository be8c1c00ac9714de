/**
 * Clients that leave while a handler is pending, and servers that end.
 *
 * @module
 */

import { createConnection } from "node:net";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import type { ServeFact, ServeOptions, Server } from "../../lib/net/mod.ts";
import type { Client, Frame, Handler } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import { join } from "../../tools/harness/join.ts";

const request = encodeRequest("6 * 7");
const response = encodeSuccess({ result: "42", steps: [] });

/** A call of a handler whose answer the test controls. */
interface Call extends PromiseWithResolvers<Frame> {
  readonly client: Client;
  /** Resolves when the client leaves. */
  readonly left: Promise<void>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/** A server whose handler the test controls, and its facts. */
class Patient implements AsyncDisposable {
  readonly server: Server;
  readonly facts: ServeFact[] = [];
  readonly #calls: Call[] = [];
  readonly #waiting: ((call: Call) => void)[] = [];

  constructor(options: Partial<ServeOptions> = {}) {
    const handler: Handler = (_request, client) => {
      const call = {
        client,
        left: aborted(client.signal),
        closed: aborted(client.closeSignal),
        ...Promise.withResolvers<Frame>(),
      };
      const next = this.#waiting.shift();
      if (next) next(call);
      else this.#calls.push(call);
      return call.promise;
    };
    const watch = (fact: ServeFact) => this.facts.push(fact);
    this.server = serve({ port: 0, ...options, watch }, handler);
  }

  get types(): string[] {
    return this.facts.map(({ type }) => type);
  }

  /** The next call of the handler. */
  call(): Promise<Call> {
    const call = this.#calls.shift();
    if (call) return Promise.resolve(call);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close();
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve());
  });
}

/** Lets everything happen that is about to. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function assertAnswered(peer: BarePeer): Promise<void> {
  const frame = await peer.frame();
  assertEquals(frame && decodeResponse(frame).result, "42");
}

Deno.test("client.signal: is aborted when the client half-closes, which still gets its response", async () => {
  await using patient = new Patient();
  using peer = await BarePeer.connect(patient.server.address);
  await peer.write(request.bytes);
  const { client, left, resolve } = await patient.call();
  assertEquals(client.signal?.aborted, false);
  await peer.tcp.closeWrite();
  await left;
  assertEquals(client.closeSignal?.aborted, false);
  assertEquals(
    `${client.signal?.reason}`,
    "Error: the client has closed its side",
  );
  resolve(response);
  await assertAnswered(peer);
  assertEquals(await peer.frame(), undefined);
  await patient.server.shutdown();
  assertEquals(client.closeSignal?.aborted, true);
  const types = ["connected", "request", "response", "closed"];
  assertEquals(patient.types, types);
});

Deno.test("client.signal: a handler may first ask for it after the client has left", async () => {
  const reached = Promise.withResolvers<void>();
  const checked = Promise.withResolvers<Client>();
  await using server = serve({ port: 0 }, async (_request, client) => {
    reached.resolve();
    checked.resolve(client);
    await settled();
    return response;
  });
  const peer = await BarePeer.connect(server.address);
  await peer.write(request.bytes);
  await reached.promise;
  peer.tcp.close();
  await server.shutdown();
  const { signal, closeSignal } = await checked.promise;
  assertEquals([signal?.aborted, closeSignal?.aborted], [true, true]);
});

Deno.test("client.signal: all requests of a half-closed client are answered, the later ones with an aborted signal", async () => {
  await using patient = new Patient();
  using peer = await BarePeer.connect(patient.server.address);
  await peer.write(join(request.bytes, request.bytes));
  await peer.tcp.closeWrite();
  const first = await patient.call();
  await first.left;
  first.resolve(response);
  const second = await patient.call();
  assertEquals(second.client.signal?.aborted, true);
  assertEquals(second.client.closeSignal?.aborted, false);
  second.resolve(response);
  await assertAnswered(peer);
  await assertAnswered(peer);
  assertEquals(await peer.frame(), undefined);
});

Deno.test("client.signal: a proxy answers a half-closed client, even if the answer is not in its cache", async () => {
  await using patient = new Patient();
  await using between = serve({ port: 0 }, proxy(patient.server.address));
  using peer = await BarePeer.connect(between.address);
  await peer.write(request.bytes);
  await peer.tcp.closeWrite();
  const { resolve } = await patient.call();
  await settled();
  resolve(response);
  await assertAnswered(peer);
  assertEquals(await peer.frame(), undefined);
});

Deno.test("client.signal: a reset aborts both signals and closes the connection at once", async () => {
  await using patient = new Patient({ maxConnections: 1 });
  const { server } = patient;
  // A `Deno.Conn` half-closes before it resets.
  const socket = createConnection(server.address.port, "127.0.0.1");
  socket.write(request.bytes);
  const call = await patient.call();
  socket.resetAndDestroy();
  await Promise.all([call.left, call.closed]);
  const { signal, closeSignal } = call.client;
  assert(signal?.reason instanceof Deno.errors.ConnectionReset);
  assertStrictEquals(closeSignal?.reason, signal.reason);
  using next = await BarePeer.connect(server.address);
  await next.write(request.bytes);
  (await patient.call()).resolve(response);
  await assertAnswered(next);
  call.resolve(response);
  await settled();
  assertEquals(patient.types, [
    ...["connected", "request", "closed"],
    ...["connected", "request", "response"],
  ]);
});

Deno.test("client.signal: a copy of the client has it, too", async () => {
  const inner = Promise.withResolvers<Client>();
  await using server = serve({ port: 0 }, (request, client) => {
    inner.resolve({ ...client, identity: "copy" });
    return calculator()(request, client);
  });
  using peer = await BarePeer.connect(server.address);
  await peer.write(request.bytes);
  await assertAnswered(peer);
  const { signal, closeSignal, identity } = await inner.promise;
  assertEquals(identity, "copy");
  const both = Promise.all([aborted(signal), aborted(closeSignal)]);
  peer.tcp.close();
  await both;
});

Deno.test("client.signal: rejecting with its reason is not a fault", async () => {
  await using server = new Patient();
  using peer = await BarePeer.connect(server.server.address);
  await peer.write(request.bytes);
  const { client, left, reject } = await server.call();
  await peer.tcp.closeWrite();
  await left;
  reject(client.signal?.reason);
  assertEquals((await peer.frame())?.status, 500);
  assertEquals(server.types.includes("fault"), false);
});

Deno.test("client.signal: a client that floods while its handler is pending is not read without limit", async () => {
  await using patient = new Patient();
  const peer = await BarePeer.connect(patient.server.address);
  await peer.write(request.bytes);
  const { resolve } = await patient.call();
  const before = Deno.memoryUsage();
  const flood = new Uint8Array(1 << 20);
  let written = 0;
  let last = -1;
  const flooding = (async () => {
    for (;;) written += await peer.tcp.write(flood);
  })().catch(() => {});
  // Until the kernel's buffers are full, and the client has to wait.
  while (written !== last) {
    last = written;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = Deno.memoryUsage();
  const grown = heapUsed + external - before.heapUsed - before.external;
  assert(grown < 4_000_000, `${grown}`);
  resolve(response);
  peer[Symbol.dispose]();
  await flooding;
});

Deno.test({
  name: "client.signal: TLS: is aborted when the client leaves",
  ignore: !await canCertify(),
  async fn() {
    await using certified = await Certified.make();
    const { ca, cert, key } = certified;
    await using patient = new Patient({ tls: { cert, key } });
    const { port } = patient.server.address;
    const conn = await Deno.connectTls({
      hostname: "localhost",
      port,
      caCerts: [ca],
    });
    await conn.write(request.bytes);
    const { left, closed, resolve } = await patient.call();
    conn.close();
    await left;
    resolve(response);
    await closed;
  },
});

for (const limit of ["maxConnections", "maxConnectionsPerClient"] as const) {
  Deno.test(`${limit}: a client that has left during its request makes room`, async () => {
    await using patient = new Patient({ [limit]: 1 });
    const { server } = patient;
    for (let round = 0; round < 5; round++) {
      const leaving = await BarePeer.connect(server.address);
      await leaving.write(request.bytes);
      await patient.call();
      leaving.tcp.close();
    }
    using next = await BarePeer.connect(server.address);
    await next.write(request.bytes);
    (await patient.call()).resolve(response);
    await assertAnswered(next);
    assertEquals(patient.types.includes("refused"), false);
  });
}

Deno.test("maxConnections: a client that half-closed keeps its place while there is room", async () => {
  await using patient = new Patient({ maxConnections: 2 });
  using half = await BarePeer.connect(patient.server.address);
  await half.write(request.bytes);
  const call = await patient.call();
  await half.tcp.closeWrite();
  await call.left;
  using other = await BarePeer.connect(patient.server.address);
  await other.write(request.bytes);
  (await patient.call()).resolve(response);
  await assertAnswered(other);
  call.resolve(response);
  await assertAnswered(half);
});

/** How a server ends without waiting for its handlers. */
const endings: Record<string, (patient: Patient) => Promise<void>> = {
  "close()": ({ server }) => server.close(),
  "shutdown(50)": ({ server }) => server.shutdown(50),
  "await using": async ({ server }) => {
    await using _server = server;
  },
  "close() during a shutdown": async ({ server }) => {
    await Promise.all([server.shutdown(60_000), server.close()]);
  },
};

for (const [how, end] of Object.entries(endings)) {
  Deno.test(`serve: ${how} does not wait for a handler that is pending`, async () => {
    await using patient = new Patient();
    using peer = await BarePeer.connect(patient.server.address);
    await peer.write(request.bytes);
    const call = await patient.call();
    await end(patient);
    await patient.server.finished;
    await Promise.all([call.left, call.closed]);
    assertEquals(await peer.frame(), undefined);
    assertEquals(patient.types, ["connected", "request", "closed"]);
    call.resolve(response);
    await settled();
    assertEquals(patient.types, ["connected", "request", "closed"]);
  });

  Deno.test(`serve: after ${how}, a late rejection of a handler goes unnoticed`, async () => {
    await using patient = new Patient();
    using peer = await BarePeer.connect(patient.server.address);
    await peer.write(request.bytes);
    const call = await patient.call();
    await end(patient);
    call.reject(new Error("late"));
    await settled();
    assertEquals(patient.types, ["connected", "request", "closed"]);
  });
}
