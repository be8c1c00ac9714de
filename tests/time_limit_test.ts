import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { calculator } from "../lib/calculator.ts";
import { calculate } from "../lib/client/calculate.ts";
import {
  decodeRequest,
  encodeRequest,
  encodeSuccess,
  RemoteError,
} from "../lib/message/mod.ts";
import type { Client, Frame } from "../lib/protocol/mod.ts";
import { serve } from "../lib/serve.ts";
import { timeLimit } from "../lib/time_limit.ts";
import { CLIENT } from "../tools/harness/client.ts";

const request = encodeRequest("1 + 2");
const response = encodeSuccess({ result: "3", steps: [] });

Deno.test("timeLimit: a late answer is a server error, and the handler is aborted", async () => {
  const reached = Promise.withResolvers<Client>();
  const never = Promise.withResolvers<Frame>();
  const faults: unknown[] = [];
  await using server = serve(
    {
      port: 0,
      watch: (fact) => fact.type === "fault" && faults.push(fact),
    },
    timeLimit((_request, client) => {
      reached.resolve(client);
      return never.promise;
    }, 50),
  );
  const error = await assertRejects(
    () => calculate(server.address, "1 + 2"),
    RemoteError,
    "No answer within 0.05 s",
  );
  assertEquals([error.status, error.name], [500, "TimeLimit"]);
  const { signal, closeSignal } = await reached.promise;
  assertEquals([signal?.aborted, closeSignal?.aborted], [true, true]);
  assertEquals(signal?.reason.name, "TimeoutError");
  never.reject(new Error("late"));
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(faults, []);
});

Deno.test("timeLimit: an answer in time is passed on, synchronous or not, and so is an error", async () => {
  const handlers = [() => response, () => Promise.resolve(response)];
  for (const handler of handlers) {
    const limited = timeLimit(handler, 10_000);
    assertStrictEquals(await limited(request, CLIENT), response);
  }
  const failing = timeLimit(() => Promise.reject(new RangeError("no")), 10_000);
  await assertRejects(async () => await failing(request, CLIENT), RangeError);
});

Deno.test("timeLimit: a limit that no timer can have is none", async () => {
  const handler = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return response;
  };
  for (const limit of [Infinity, 2 ** 31]) {
    const limited = timeLimit(handler, limit);
    assertStrictEquals(await limited(request, CLIENT), response);
  }
});

Deno.test("timeLimit: the inner handler learns that the client leaves", () => {
  const leaving = new AbortController();
  const closing = new AbortController();
  let inner: Client | undefined;
  const limited = timeLimit((request, client) => {
    inner = client;
    return calculator()(request, client);
  }, 10_000);
  const { signal } = leaving;
  const closeSignal = closing.signal;
  limited(request, { ...CLIENT, identity: "x", signal, closeSignal });
  assertEquals([inner?.id, inner?.identity], [CLIENT.id, "x"]);
  leaving.abort();
  assertEquals(inner?.signal?.aborted, true);
  assertEquals(inner?.closeSignal?.aborted, false);
  closing.abort();
  assertEquals(inner?.closeSignal?.aborted, true);
});

Deno.test("timeLimit: the inner handler keeps its request after the limit", async () => {
  const kept = Promise.withResolvers<Frame>();
  const limited = timeLimit((request) => {
    kept.resolve(request);
    return new Promise(() => {});
  }, 1);
  const received = encodeRequest("1 + 1");
  await limited(received, CLIENT);
  // As when the next request arrives in the same buffer.
  received.bytes.set(encodeRequest("2 + 2").bytes);
  assertEquals(decodeRequest(await kept.promise), "1 + 1");
});
