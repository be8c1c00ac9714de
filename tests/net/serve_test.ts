import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  type ErrorResponse,
  formatAddress,
  serve as serveFrames,
  type Server,
} from "../../lib/net/mod.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
  RemoteError,
} from "../../lib/message/mod.ts";
import {
  type Client,
  type Frame,
  ProtocolError,
} from "../../lib/protocol/mod.ts";
import { serve } from "../../lib/serve.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { complaints } from "../../tools/harness/complaints.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { join } from "../../tools/harness/join.ts";

function result(frame: Frame | undefined): string {
  assert(frame, "expected a response, found the end");
  return decodeResponse(frame).result;
}

/** The error in a response, as `STATUS NAME: MESSAGE`. */
function error(frame: Frame | undefined): string {
  assert(frame, "expected a response, found the end");
  const { status, name, message } = assertThrows(
    () => decodeResponse(frame),
    RemoteError,
  );
  return `${status} ${name}: ${message}`;
}

/** Whether a server still answers somebody else. */
async function assertAlive(server: Server): Promise<void> {
  using peer = await BarePeer.connect(server.address);
  await peer.write(encodeRequest("6 * 7").bytes);
  assertEquals(result(await peer.frame()), "42");
}

Deno.test("serve: a request may arrive a byte at a time", async () => {
  await using server = serve({ port: 0 }, calculator());
  using peer = await BarePeer.connect(server.address);
  peer.tcp.setNoDelay();
  for (const byte of encodeRequest("1 + 2").bytes) {
    await peer.write(new Uint8Array([byte]));
  }
  assertEquals(result(await peer.frame()), "3");
});

Deno.test("serve: requests that arrive together are answered in order", async () => {
  await using server = serve({ port: 0 }, calculator());
  using peer = await BarePeer.connect(server.address);
  const numbers = Array.from({ length: 5000 }, (_, index) => `${index}`);
  const requests = join(
    ...numbers.map((number) => encodeRequest(number).bytes),
  );
  const written = peer.write(requests);
  for (const number of numbers) {
    assertEquals(result(await peer.frame()), number);
  }
  await written;
});

Deno.test("serve: a slow answer is sent before a quick one that was requested later", async () => {
  const slow = Promise.withResolvers<Frame>();
  const quick = encodeSuccess({ result: "quick", steps: [] });
  let count = 0;
  await using server = serve({ port: 0 }, () => {
    count++;
    return count === 2 ? slow.promise : quick;
  });
  using peer = await BarePeer.connect(server.address);
  const { bytes } = encodeRequest("1");
  await peer.write(join(bytes, bytes, bytes));
  // What is ready before the slow one does not wait for it.
  assertEquals(result(await peer.frame()), "quick");
  slow.resolve(encodeSuccess({ result: "slow", steps: [] }));
  assertEquals(result(await peer.frame()), "slow");
  assertEquals(result(await peer.frame()), "quick");
});

Deno.test("serve: a client that has finished sending still gets its answers", async () => {
  await using server = serve({ port: 0 }, calculator());
  using peer = await BarePeer.connect(server.address);
  await peer.write(
    join(encodeRequest("1 + 1").bytes, encodeRequest("2 + 2").bytes),
  );
  await peer.tcp.closeWrite();
  assertEquals(result(await peer.frame()), "2");
  assertEquals(result(await peer.frame()), "4");
  assertEquals(await peer.frame(), undefined);
});

Deno.test("serve: a frame that ends too early is answered with an error", async () => {
  await using server = serve({ port: 0 }, calculator());
  const cuts = [
    [1, "1 byte"],
    // The length field is among the first 6 bytes.
    [5, "5 bytes"],
    [12, "12 of 18 bytes"],
    [14, "14 of 18 bytes"],
  ] as const;
  for (const [count, came] of cuts) {
    using peer = await BarePeer.connect(server.address);
    await peer.write(encodeRequest("1 + 2").bytes.subarray(0, count));
    await peer.tcp.closeWrite();
    assertStringIncludes(
      error(await peer.frame()),
      `400 ProtocolError: the connection ended after ${came} of a frame (`,
    );
    assertEquals(await peer.frame(), undefined);
  }
  await assertAlive(server);
});

Deno.test("serve: an impossible length is answered with an error, and the connection is closed", async () => {
  await using server = serve({ port: 0 }, calculator());
  using peer = await BarePeer.connect(server.address);
  const impossible = encodeRequest("1 + 2").bytes.slice();
  impossible[5] = 11;
  const much = new Uint8Array(100_000);
  await peer.write(join(encodeRequest("2 + 2").bytes, impossible, much));
  assertEquals(result(await peer.frame()), "4");
  assertStringIncludes(
    error(await peer.frame()),
    "400 ProtocolError: expected a length field of 12 to 65535 bytes: found 11 in ",
  );
  assertEquals(await peer.frame(), undefined);
  await assertAlive(server);
});

Deno.test("serve: the response to an invalid frame is a fact, too", async () => {
  const closing = Promise.withResolvers<string>();
  await using server = serve({
    port: 0,
    watch(fact) {
      if (fact.type === "closing") closing.resolve(error(fact.response));
    },
  }, calculator());
  using peer = await BarePeer.connect(server.address);
  await peer.write(new Uint8Array(12));
  const last = error(await peer.frame());
  assertEquals(last, await closing.promise);
  assertStringIncludes(last, "400 ProtocolError: expected a length field");
});

Deno.test("serve: a bad payload or a response is answered with an error, and the connection goes on", async () => {
  await using server = serve({ port: 0 }, calculator());
  using peer = await BarePeer.connect(server.address);
  const bad = encodeRequest("1").bytes.slice();
  bad[12] = 0xc1;
  await peer.write(bad);
  assertEquals(
    error(await peer.frame()),
    "400 ProtocolError: the payload must be an expression as a MessagePack string: " +
      "found a byte that MessagePack never uses",
  );
  await peer.write(encodeSuccess({ result: "1", steps: [] }).bytes);
  assertEquals(
    error(await peer.frame()),
    "400 ProtocolError: expected a request: found a response",
  );
  await peer.write(encodeRequest("1 + 2").bytes);
  assertEquals(result(await peer.frame()), "3");
});

Deno.test("serve: a handler that throws is a server error, and the connection stays open", async () => {
  const failures: string[] = [];
  const fail = [
    () => {
      throw new TypeError("a bug");
    },
    () => Promise.reject(new ProtocolError("another bug")),
    () => encodeSuccess({ result: "fine", steps: [] }),
  ];
  await using server = serve({
    port: 0,
    watch(fact) {
      if (fact.type === "fault") failures.push(`${fact.error}`);
    },
  }, () => (fail.shift() ?? fail[0]!)());
  using peer = await BarePeer.connect(server.address);
  const { bytes } = encodeRequest("1");
  await peer.write(join(bytes, bytes, bytes));
  const internal = "500 InternalError: Internal server error";
  assertEquals(error(await peer.frame()), internal);
  assertEquals(error(await peer.frame()), internal);
  assertEquals(result(await peer.frame()), "fine");
  assertEquals(failures, [
    "TypeError: a bug",
    "ProtocolError: another bug",
  ]);
});

/** What a handler may return although its type forbids it. */
const noResponses: [what: string, value: unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["42", 42],
  ["another object", { bytes: encodeRequest("1").bytes }],
  ["another object", new Uint8Array(70_000)],
  ["a request", encodeRequest("1")],
];

Deno.test("serve: returning no response is a fault, like throwing", async () => {
  const values: [string, unknown][] = noResponses.flatMap(([what, value]) => [
    [what, value],
    [what, Promise.resolve(value)],
    [what, { then: (resolve: (_: unknown) => void) => resolve(value) }],
  ]);
  const faults: string[] = [];
  await using server = serve({
    port: 0,
    watch(fact) {
      if (fact.type === "fault") faults.push(`${fact.error}`);
    },
    // @ts-expect-error: TypeScript refuses it.
  }, () => values[faults.length]?.[1]);
  using peer = await BarePeer.connect(server.address);
  for (const _ of values) {
    await peer.write(encodeRequest("1").bytes);
    assertEquals(
      error(await peer.frame()),
      "500 InternalError: Internal server error",
    );
  }
  assertEquals(
    faults,
    values.map(([what]) =>
      `TypeError: expected a response frame: found ${what}`
    ),
  );
});

Deno.test("serve: any thenable is a promise", async () => {
  const response = encodeSuccess({ result: "1", steps: [] });
  const thenable: PromiseLike<Frame> = {
    then: (...args) => Promise.resolve(response).then(...args),
  };
  // @ts-expect-error: the type is stricter than necessary.
  await using server = serve({ port: 0 }, () => thenable);
  using peer = await BarePeer.connect(server.address);
  await peer.write(encodeRequest("1").bytes);
  assertEquals(result(await peer.frame()), "1");
});

const badErrorResponses: [what: string, errorResponse: ErrorResponse][] = [
  ["throws", () => {
    throw new RangeError("a bug");
  }],
  ["returns a request", () => encodeRequest("1")],
  // @ts-expect-error: TypeScript refuses it.
  ["rejects", () => Promise.reject(new RangeError("a bug"))],
];

for (const [what, errorResponse] of badErrorResponses) {
  Deno.test(`serve: an errorResponse that ${what} is a fault, and clients get the status`, async () => {
    using _complained = complaints();
    const failing = Promise.withResolvers<unknown>();
    await using server = serve({
      port: 0,
      errorResponse,
      watch: (fact) => fact.type === "fault" && failing.resolve(fact.error),
    }, () => {
      throw new TypeError("another bug");
    });
    using peer = await BarePeer.connect(server.address);
    await peer.write(encodeRequest("1").bytes);
    await peer.write(new Uint8Array(12));
    assertEquals((await peer.frame())?.status, 500);
    assertEquals((await peer.frame())?.status, 400);
    assertEquals(await peer.frame(), undefined);
    await failing.promise;
  });
}

Deno.test("serve: a client that disconnects in the middle does not affect others", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = serve(
    { port: 0, watch: ({ type }) => type === "closed" && closed.resolve() },
    calculator(),
  );
  const peer = await BarePeer.connect(server.address);
  const { bytes } = encodeRequest("1" + "+1".repeat(150));
  const requests = join(...Array.from({ length: 500 }, () => bytes));
  await peer.write(requests);
  // Unread answers make this a reset.
  peer.tcp.close();
  await closed.promise;
  await assertAlive(server);
});

Deno.test("serve: facts are reported in order, each with the same client", async () => {
  const seen: string[] = [];
  const clients = new Set<Client>();
  const closed = Promise.withResolvers<void>();
  await using server = serve({
    port: 0,
    watch(fact) {
      clients.add(fact.client);
      switch (fact.type) {
        case "request":
          seen.push(`request ${fact.request.bytes.length}`);
          break;
        case "response":
          seen.push(`response ${fact.response.bytes.length}`);
          break;
        case "closed":
          seen.push(`closed ${fact.reason}`);
          closed.resolve();
          break;
        default:
          seen.push(fact.type);
      }
    },
  }, calculator());
  const peer = await BarePeer.connect(server.address);
  const address = formatAddress(peer.tcp.localAddr);
  await peer.write(encodeRequest("7").bytes);
  await peer.frame();
  peer.tcp.close();
  await closed.promise;
  assertEquals(seen, [
    "connected",
    "request 14",
    "response 16",
    "closed undefined",
  ]);
  const [client, ...others] = clients;
  assertEquals([client?.id, client?.address, others], [1, address, []]);
});

Deno.test("serve: closing closes open connections", async () => {
  const server = serve({ port: 0 }, calculator());
  using peer = await BarePeer.connect(server.address);
  await peer.write(encodeRequest("1 + 2").bytes);
  assertEquals(result(await peer.frame()), "3");
  await server.close();
  await server.finished;
  assertEquals(await peer.frame(), undefined);
});

Deno.test("serve: closing closes even a connection that is just arriving", async () => {
  for (let round = 0; round < 20; round++) {
    const server = serve({ port: 0 }, calculator());
    using peer = await BarePeer.connect(server.address);
    await server.close();
    // Reset or closed: it is not served.
    assertEquals(await peer.frame().catch(() => undefined), undefined);
  }
});

Deno.test("serve: a port in use is an error", async () => {
  await using server = serve({ port: 0 }, calculator());
  assertThrows(
    () => serve({ port: server.address.port }, calculator()),
    Deno.errors.AddrInUse,
  );
});

Deno.test("serve: in lib/net, errors are a status without a payload", async () => {
  const response = encodeSuccess({ result: "1", steps: [] });
  const half = encodeRequest("1").bytes.subarray(0, 5);
  await using server = serveFrames({ port: 0 }, () => {
    throw new TypeError("a bug");
  });
  using peer = await BarePeer.connect(server.address);
  await peer.write(join(encodeRequest("1").bytes, response.bytes, half));
  await peer.tcp.closeWrite();
  const statuses: number[] = [];
  for (let frame; (frame = await peer.frame()) !== undefined;) {
    assertEquals([frame.type, frame.payload.length], ["response", 0]);
    assertEquals([frame.cache, frame.steps, frame.maxAge], [false, false, 0]);
    statuses.push(frame.status);
  }
  assertEquals(statuses, [500, 400, 400]);
});

Deno.test("serve: each connection is a client with a unique number", async () => {
  const clients: Client[] = [];
  await using server = serve({ port: 0 }, (request, client) => {
    clients.push(client);
    return calculator()(request, client);
  });
  using first = await BarePeer.connect(server.address);
  using second = await BarePeer.connect(server.address);
  for (const peer of [first, second, first]) {
    await peer.write(encodeRequest("1").bytes);
    await peer.frame();
  }
  const [one, two, again] = clients;
  assertStrictEquals(one, again);
  assert(one && two && one.id !== two.id);
  assertEquals(
    [one, two].map(({ address }) => address),
    [first, second].map(({ tcp }) => formatAddress(tcp.localAddr)),
  );
});

Deno.test("serve: onListen is called with the port that it got", async () => {
  const heard: unknown[] = [];
  await using server = serve(
    { port: 0, onListen: (address) => heard.push(address) },
    calculator(),
  );
  assertEquals(heard, [server.address]);
  assert(server.address.port > 0);
});

Deno.test("serve: if onListen throws, it throws and does not listen", async () => {
  const address = unusedAddress();
  const onListen = () => {
    throw new RangeError("no");
  };
  assertThrows(() => serve({ ...address, onListen }, calculator()), RangeError);
  await using _server = serve(address, calculator());
});

Deno.test("serve: an onListen that rejects is reported", async () => {
  using complained = complaints();
  await using _server = serve({
    port: 0,
    // @ts-expect-error: TypeScript refuses it.
    onListen: () => Promise.reject(new RangeError("no")),
  }, calculator());
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(complained.lines, ["onListen failed: RangeError: no"]);
});

Deno.test("serve: a signal closes the server and its connections", async () => {
  const closing = new AbortController();
  const listeners = listenersOf(closing.signal);
  const server = serve({ port: 0, signal: closing.signal }, calculator());
  assertEquals(listeners.count, 1);
  using peer = await BarePeer.connect(server.address);
  await peer.write(encodeRequest("1 + 2").bytes);
  assertEquals(result(await peer.frame()), "3");
  closing.abort();
  await server.finished;
  assertEquals(await peer.frame(), undefined);
  await using _again = serve({ port: server.address.port }, calculator());
});

Deno.test("serve: a closed server no longer listens to its signal", async () => {
  const { signal } = new AbortController();
  const listeners = listenersOf(signal);
  for (const way of ["close", "shutdown"] as const) {
    const server = serve({ port: 0, signal }, calculator());
    await server[way]();
    assertEquals(listeners.count, 0);
  }
});

Deno.test("serve: throws if the signal is already aborted, and does not listen", async () => {
  const reason = new RangeError("too late");
  const address = unusedAddress();
  let hasListened = false;
  const options = {
    ...address,
    signal: AbortSignal.abort(reason),
    onListen: () => void (hasListened = true),
  };
  const thrown = assertThrows(() => serve(options, calculator()), RangeError);
  assertStrictEquals(thrown, reason);
  assertEquals(hasListened, false);
  await using _server = serve(address, calculator());
});
