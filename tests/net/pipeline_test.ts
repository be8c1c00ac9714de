import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import fc from "fast-check";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { connect, NoAnswerError, serve } from "../../lib/net/mod.ts";
import type { Frame, Handler } from "../../lib/protocol/mod.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { listenersOf } from "../../tools/harness/listeners.ts";

const request = encodeRequest("6 * 7");
const response = encodeSuccess({ result: "42", steps: [] });

/** Answers with the expression itself. */
const echo: Handler = (request) =>
  encodeSuccess({ result: decodeRequest(request), steps: [] });

/** The requests "0", "1" …, and whether the source was closed. */
class Numbers {
  taken = 0;
  isClosed = false;

  *sync(count: number): Generator<Frame> {
    try {
      for (let n = 0; n < count; n++) {
        this.taken++;
        yield encodeRequest(`${n}`);
      }
    } finally {
      this.isClosed = true;
    }
  }

  async *async(count: number): AsyncGenerator<Frame> {
    for (const frame of this.sync(count)) {
      await new Promise((resolve) => setImmediate(resolve));
      yield frame;
    }
  }
}

async function results(responses: AsyncIterable<Frame>): Promise<string[]> {
  const results: string[] = [];
  for await (const frame of responses) {
    results.push(decodeResponse(frame).result);
  }
  return results;
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}`);
}

Deno.test("pipeline: answers come in the order of the requests, from any kind of source", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const count = 3000;
  for (
    const source of [
      new Numbers().sync(count),
      new Numbers().async(count),
      [...new Numbers().sync(count)],
    ]
  ) {
    assertEquals(await results(connection.pipeline(source)), numbers(count));
  }
  assertEquals(await results(connection.pipeline([])), []);
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("pipeline: the number of requests in flight is limited, and no others are taken from the source", async () => {
  for (const inFlight of [1, 2, 7]) {
    let arrived = 0;
    const answers: (() => void)[] = [];
    await using server = serve({
      port: 0,
      watch: ({ type }) => type === "request" && arrived++,
    }, () => {
      const { promise, resolve } = Promise.withResolvers<Frame>();
      answers.push(() => resolve(response));
      return promise;
    });
    const source = new Numbers();
    let answered = 0;
    let most = 0;
    using connection = await connect(server.address, {
      watch({ type }) {
        if (type === "response") answered++;
        most = Math.max(most, source.taken - answered);
      },
    });
    const answering = setInterval(() => answers.shift()?.(), 1);
    const responses = connection.pipeline(source.sync(20), { inFlight });
    assertEquals((await results(responses)).length, 20);
    clearInterval(answering);
    assertEquals([arrived, answered, most], [20, 20, inFlight]);
  }
});

Deno.test("pipeline: long frames do not block one another", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const long = encodeRequest("1".repeat(60_000));
  const source = Array.from({ length: 300 }, () => long);
  let count = 0;
  for await (
    const frame of connection.pipeline(source, { inFlight: Infinity })
  ) {
    assert(frame.bytes.length > 60_000);
    count++;
  }
  assertEquals(count, 300);
});

Deno.test("pipeline: an answer stays valid after the next one, and a status of 400 is an answer", async () => {
  await using server = serve({ port: 0 }, calculator());
  using connection = await connect(server.address);
  const texts = ["1 / 0", "1 + 2", "1 / 0", "3 + 4"];
  const frames = [];
  for await (
    const frame of connection.pipeline(texts.map((text) => encodeRequest(text)))
  ) frames.push(frame);
  assertEquals(frames.map(({ status }) => status), [400, 200, 400, 200]);
});

Deno.test("pipeline: an error of the source follows the answers before it and leaves the connection open", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const failing = (async function* () {
    yield* new Numbers().async(10);
    throw new RangeError("no more");
  })();
  const seen: string[] = [];
  await assertRejects(
    async () => {
      for await (const frame of connection.pipeline(failing)) {
        seen.push(decodeResponse(frame).result);
      }
    },
    RangeError,
    "no more",
  );
  assertEquals(seen, numbers(10));
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("pipeline: anything but a frame is refused", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  // @ts-expect-error: TypeScript refuses it.
  const texts = connection.pipeline(["1 + 2"]);
  await assertRejects(() => texts.next(), TypeError, "1 + 2");
  assertEquals((await connection.ask(request)).status, 200);
});

for (const kind of ["sync", "async"] as const) {
  Deno.test(`pipeline: breaking out closes the connection and the ${kind} source`, async () => {
    await using server = serve({ port: 0 }, echo);
    using connection = await connect(server.address);
    const source = new Numbers();
    for await (const _ of connection.pipeline(source[kind](1_000_000))) break;
    assertEquals(await connection.closed, undefined);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assertEquals(source.isClosed, true);
    assert(source.taken < 200);
  });
}

Deno.test("pipeline: breaking out after the last answer leaves the connection open", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  for await (const _ of connection.pipeline([request])) break;
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("pipeline: breaking out does not wait for a source that hangs", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const hanging = (async function* () {
    yield request;
    await new Promise(() => {});
  })();
  for await (const _ of connection.pipeline(hanging)) break;
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("pipeline: a missing answer times out", async () => {
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(response.bytes);
    while (await peer.frame());
  });
  using connection = await connect(server.address);
  const responses = connection.pipeline([request, request], { timeout: 50 });
  assertEquals((await responses.next()).done, false);
  const error = await assertRejects(() => responses.next(), NoAnswerError);
  assertEquals(error.reason, "timed out");
  assertEquals((await responses.next()).done, true);
  assertStrictEquals(await connection.closed, error);
});

Deno.test("pipeline: no answer is due while no request is in flight", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const slow = (async function* () {
    yield request;
    await new Promise((resolve) => setTimeout(resolve, 200));
    yield request;
  })();
  const responses = connection.pipeline(slow, { timeout: 150 });
  assertEquals((await results(responses)).length, 2);
});

Deno.test("pipeline: if the peer closes midway, it ends after the answers that arrived", async () => {
  await using server = new BareServer(async (peer) => {
    for (let count = 0; count < 3; count++) {
      await peer.frame();
      await peer.write(response.bytes);
    }
  });
  using connection = await connect(server.address);
  const source = new Numbers();
  let count = 0;
  const error = await assertRejects(async () => {
    for await (const _ of connection.pipeline(source.sync(100_000))) count++;
  }, NoAnswerError);
  assertEquals([count, error.reason], [3, "closed"]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(source.isClosed, true);
});

const reason = new RangeError("no longer needed");

Deno.test("pipeline: a signal aborts it, whether it waits for an answer, the source or the consumer", async () => {
  await using silent = new BareServer(async (peer) => {
    while (await peer.frame().catch(() => undefined));
  });
  await using server = serve({ port: 0 }, echo);
  const hanging = (async function* () {
    await new Promise(() => {});
    yield request;
  })();
  for (
    const [address, source] of [
      [silent.address, [request]],
      [server.address, hanging],
    ] as const
  ) {
    const aborting = new AbortController();
    const { signal } = aborting;
    const listeners = listenersOf(signal);
    using connection = await connect(address);
    const next = connection.pipeline(source, { signal }).next();
    setTimeout(() => aborting.abort(reason), 10);
    assertStrictEquals(await assertRejects(() => next, RangeError), reason);
    assertEquals(listeners.count, 0);
    assertEquals(await connection.closed, undefined);
  }
  const aborting = new AbortController();
  using connection = await connect(server.address);
  const { signal } = aborting;
  const responses = connection.pipeline(Array(10).fill(request), { signal });
  await responses.next();
  aborting.abort(reason);
  const thrown = await assertRejects(() => responses.next(), RangeError);
  assertStrictEquals(thrown, reason);
});

Deno.test("pipeline: a signal that is already aborted sends nothing and leaves the connection open", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const signal = AbortSignal.abort(reason);
  const responses = connection.pipeline([request], { signal });
  const thrown = await assertRejects(() => responses.next(), RangeError);
  assertStrictEquals(thrown, reason);
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("pipeline: excludes other requests until it ends", async () => {
  await using server = serve({ port: 0 }, echo);
  using connection = await connect(server.address);
  const responses = connection.pipeline([request, request]);
  await responses.next();
  const pending = "another request is still pending";
  await assertRejects(() => connection.ask(request), TypeError, pending);
  await assertRejects(
    () => connection.pipeline([request]).next(),
    TypeError,
    pending,
  );
  assertEquals((await responses.next()).done, false);
  assertEquals((await responses.next()).done, true);
  assertEquals((await connection.ask(request)).status, 200);
});

Deno.test("pipeline: any consumer gets all answers of any source", async () => {
  await using server = serve({ port: 0 }, (request, client) => {
    const slow = decodeRequest(request).endsWith("3");
    return slow
      ? Promise.resolve().then(() => echo(request, client))
      : echo(request, client);
  });
  const pauses = fc.array(fc.nat({ max: 2 }), { minLength: 1 });
  const pause = async (pauses: number[], at: number) => {
    for (let left = pauses[at % pauses.length] ?? 0; left > 0; left--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 20 }),
      pauses,
      pauses,
      async (count, inFlight, sending, receiving) => {
        using connection = await connect(server.address);
        const source = (async function* () {
          for (let n = 0; n < count; n++) {
            await pause(sending, n);
            yield encodeRequest(`${n}`);
          }
        })();
        const seen: string[] = [];
        for await (const frame of connection.pipeline(source, { inFlight })) {
          seen.push(decodeResponse(frame).result);
          await pause(receiving, seen.length);
        }
        assertEquals(seen, numbers(count));
      },
    ),
    { numRuns: 50 },
  );
});
