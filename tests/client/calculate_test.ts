import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import { calculate } from "../../lib/client/calculate.ts";
import { ExpressionError, Vocabulary } from "../../lib/expression/mod.ts";
import { decodeRequest, RemoteError } from "../../lib/message/mod.ts";
import { connect } from "../../lib/net/mod.ts";
import { serve } from "../../lib/serve.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";

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
