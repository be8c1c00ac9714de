import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import { calculate } from "../../lib/client/calculate.ts";
import { ExpressionError, Vocabulary } from "../../lib/expression/mod.ts";
import { decodeRequest, RemoteError } from "../../lib/message/mod.ts";
import { connect, NoAnswerError } from "../../lib/net/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import { serve } from "../../lib/serve.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";

const reason = new RangeError("no longer needed");

Deno.test("calculate: sends an expression in its canonical form", async () => {
  const sent: string[] = [];
  await using server = serve({ port: 0 }, (request, client) => {
    sent.push(decodeRequest(request));
    return calculator()(request, client);
  });
  for (const expression of ["1+2", "(1) + 2", " 1  + 2 "]) {
    const answer = await calculate(server.address, expression);
    assertEquals(answer, { result: "3", steps: ["1 + 2", "3"] });
  }
  assertEquals(new Set(sent), new Set(["1 + 2"]));
});

Deno.test("calculate: an expression that cannot be read is not sent", async () => {
  await using server = new BareServer(() => Promise.resolve());
  await assertRejects(
    () => calculate(server.address, "1 +"),
    ExpressionError,
  );
  assertEquals(server.connections, 0);
});

Deno.test("calculate: sends what a vocabulary knows", async () => {
  const vocabulary = new Vocabulary({
    functions: [{ name: "half", arity: [1, 1], apply: (x) => Number(x) / 2 }],
  });
  await using server = serve({ port: 0 }, calculator({ vocabulary }));
  const answer = await calculate(server.address, "half( 3 )", { vocabulary });
  assertEquals(answer, { result: "1.5", steps: ["half(3)", "1.5"] });
  await assertRejects(
    () => calculate(server.address, "half(3)"),
    ExpressionError,
    'unknown function "half"',
  );
});

Deno.test("calculate: uses an open connection and leaves it open", async () => {
  let connections = 0;
  await using server = serve({
    port: 0,
    watch({ type }) {
      if (type === "connected") connections++;
    },
  }, calculator());
  using connection = await connect(server.address);
  assertEquals((await calculate(connection, "6 * 7")).result, "42");
  const error = await assertRejects(
    () => calculate(connection, "1 / 0"),
    RemoteError,
  );
  assertEquals(error.name, "DivisionByZero");
  const options = { steps: false };
  assertEquals(await calculate(connection, "2 ** 10", options), {
    result: "1024",
    steps: [],
  });
  await assertRejects(() => calculate(connection, "1 +"), ExpressionError);
  assertEquals((await calculate(connection, "1 + 2")).result, "3");
  assertEquals(connections, 1);
});

Deno.test("calculate: throws if the signal is already aborted, and does not connect", async () => {
  await using server = new BareServer(() => Promise.resolve());
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(
    () => calculate(server.address, "1 + 2", { signal }),
    RangeError,
  );
  assertStrictEquals(error, reason);
  assertEquals(server.connections, 0);
});

Deno.test("calculate: a signal aborts waiting for an answer", async () => {
  const aborting = new AbortController();
  await using silent = new BareServer(async (peer) => {
    await peer.frame();
    aborting.abort(reason);
    await peer.frame();
  });
  const { signal } = aborting;
  const error = await assertRejects(
    () => calculate(silent.address, "1 + 2", { signal }),
    RangeError,
  );
  assertStrictEquals(error, reason);
});

Deno.test("calculate: heeds a timeout and a signal on an open connection", async () => {
  await using silent = new BareServer(async (peer) => {
    await peer.frame();
    await peer.frame();
  });
  using late = await connect(silent.address);
  const error = await assertRejects(
    () => calculate(late, "1 + 2", { timeout: 50 }),
    NoAnswerError,
    "within 0.05 s",
  );
  assertEquals(error.reason, "timed out");
  using aborted = await connect(silent.address);
  const aborting = new AbortController();
  const listeners = listenersOf(aborting.signal);
  const { signal } = aborting;
  const pending = calculate(aborted, "1 + 2", { signal });
  aborting.abort(reason);
  assertStrictEquals(await assertRejects(() => pending, RangeError), reason);
  assertEquals(listeners.count, 0);
});

Deno.test("calculate: a response that does not decode is no answer, and the connection is closed", async () => {
  await using server = serve({ port: 0 }, () =>
    Frame.from({
      timeStamp: 0,
      type: "response",
      cache: false,
      steps: false,
      status: 200,
      maxAge: 0,
    }, new Uint8Array([0xc1])));
  using connection = await connect(server.address);
  for (const target of [server.address, connection]) {
    const error = await assertRejects(
      () => calculate(target, "1 + 2"),
      NoAnswerError,
      `${connection.peer} sent an invalid response: `,
    );
    assertEquals(error.reason, "garbled");
  }
  await assertRejects(
    () => calculate(connection, "1 + 2"),
    NoAnswerError,
    "already closed",
  );
});
