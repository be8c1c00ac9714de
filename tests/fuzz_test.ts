import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { calculator } from "../lib/calculator.ts";
import {
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../lib/message/mod.ts";
import type { Handler } from "../lib/protocol/mod.ts";
import { serve } from "../lib/serve.ts";
import { Canary } from "../tools/fuzz/canary.ts";
import { type Exchange, makeCase } from "../tools/fuzz/case.ts";
import { converse } from "../tools/fuzz/converse.ts";
import { Crowd } from "../tools/fuzz/crowd.ts";
import { Finding } from "../tools/fuzz/finding.ts";
import { fuzz } from "../tools/fuzz/fuzz.ts";
import { LiveRole } from "../tools/fuzz/live_role.ts";
import { MemoryWatch } from "../tools/fuzz/memory.ts";
import { Regular } from "../tools/fuzz/regular.ts";
import { join } from "../tools/harness/join.ts";
import { type BarePeer, BareServer } from "../tools/harness/bare_peer.ts";
import { CLIENT } from "../tools/harness/client.ts";

/** In milliseconds: only who does not answer at all takes so long. */
const PATIENCE = 60_000;

Deno.test("fuzz: a server and a proxy pass the first cases of a seed", async () => {
  const summary = await fuzz({ seed: 7, seconds: 2, patience: PATIENCE });
  assert(/^[1-9]\d* cases, [1-9]\d* requests, /.test(summary), summary);
  assert(/, [1-9]\d* canary answers within /.test(summary), summary);
  assert(/, [1-9]\d* hits, /.test(summary), summary);
  assert(/, [1-9]\d* newcomers, /.test(summary), summary);
});

Deno.test("fuzz: one case can be run alone", async () => {
  const options = { seed: 7, seconds: 60, only: 12, patience: PATIENCE };
  assertStringIncludes(await fuzz(options), "1 cases, ");
});

Deno.test("fuzz: a case depends only on its seed and its number", () => {
  // Enough for a case of every kind.
  const numbers = Array.from({ length: 300 }, (_, number) => number);
  const forwards = numbers.map((number) => makeCase(7, number));
  const backwards = numbers.toReversed().map((number) => makeCase(7, number));
  assertEquals(backwards.reverse(), forwards);
  assertNotEquals(makeCase(8, 0).exchanges, makeCase(7, 0).exchanges);
});

/** Two good requests and the beginning of a third. */
const EXCHANGE: Exchange = {
  pieces: ["1 + 2", "1 / 0", "rand(0, 1)"].map((expression, index) =>
    encodeRequest(expression).bytes.subarray(0, index === 2 ? 10 : undefined)
  ),
  pause: 0,
  ending: "answers first",
};

Deno.test("fuzz: a conforming role passes", async () => {
  await using server = serve({ port: 0 }, calculator());
  assertEquals(await converse(server.address, EXCHANGE, PATIENCE), 3);
});

Deno.test("fuzz: a wrong answer, a server error and invalid bytes are findings", async () => {
  const wrong: [handler: Handler, finding: string][] = [
    [() => encodeSuccess({ result: "3", steps: ["3"] }), "expected status 200"],
    [calculator({ maxAge: 60 }), "expected status 200"],
    [
      () => encodeServerError({ name: "InternalError", message: "" }),
      "got status 500",
    ],
  ];
  for (const [handler, finding] of wrong) {
    await using server = serve({ port: 0 }, handler);
    const error = await assertRejects(
      () => converse(server.address, EXCHANGE, PATIENCE),
      Finding,
    );
    assertStringIncludes(error.message, finding);
  }
});

Deno.test("fuzz: a missing answer, an early close, a surplus answer and an echo are findings", async () => {
  const answer = async (peer: BarePeer) => {
    const request = await peer.frame();
    return request ? await calculator()(request, CLIENT) : undefined;
  };
  const wrong: [
    treat: (peer: BarePeer) => Promise<void>,
    finding: string,
    patience?: number,
  ][] = [
    [listen, "expected an answer within 0.1 s after 0", 100],
    [async (peer) => {
      const first = await answer(peer);
      await peer.frame();
      await peer.write(first?.bytes ?? join());
      await peer.tcp.closeWrite();
      await listen(peer);
    }, "expected one more answer after 1"],
    [async (peer) => {
      const first = await answer(peer);
      const second = await answer(peer);
      for (const response of [first, second, second, second]) {
        await peer.write(response?.bytes ?? join());
      }
      await listen(peer);
    }, "expected no more answers after 2"],
    [async (peer) => {
      for (let count = 0; count < 2; count++) {
        await peer.write((await peer.frame())?.bytes ?? join());
      }
      await listen(peer);
    }, "got status 0"],
  ];
  const { pieces } = EXCHANGE;
  for (const [treat, finding, patience = PATIENCE] of wrong) {
    await using server = new BareServer(treat);
    const { address } = server;
    const error = await assertRejects(
      () =>
        converse(
          address,
          { ...EXCHANGE, pieces: pieces.slice(0, 2) },
          patience,
        ),
      Finding,
    );
    assertStringIncludes(error.message, finding);
  }
});

Deno.test("fuzz: a canary finds a role that answers wrongly or not at all", async () => {
  await using wrong = serve(
    { port: 0 },
    () => encodeSuccess({ result: "2", steps: [] }),
  );
  await using silent = new BareServer(listen);
  for (
    const [address, finding, patience] of [
      [wrong.address, "expected 1 + 1 = 2", PATIENCE],
      [silent.address, "got timed out", 100],
    ] as const
  ) {
    const error = await assertRejects(
      () => new Canary(address, patience).sing(() => false),
      Finding,
    );
    assertStringIncludes(error.message, finding);
  }
});

Deno.test("fuzz: a regular finds a role that answers wrongly", async () => {
  await using wrong = serve(
    { port: 0 },
    () => encodeSuccess({ result: "1", steps: ["0 + 1", "1"] }),
  );
  const regular = new Regular(wrong.address, PATIENCE);
  const error = await assertRejects(() => regular.ask(() => false), Finding);
  assertStringIncludes(error.message, "Cache hits only\nexpected ");
});

Deno.test("fuzz: a client that never reads is no finding", async () => {
  await using server = serve({ port: 0 }, calculator());
  const exchange: Exchange = { ...EXCHANGE, ending: "never read" };
  assertEquals(await converse(server.address, exchange, PATIENCE), 0);
});

Deno.test("fuzz: a crowd finds a role that has no room for newcomers or closes too many connections", async () => {
  await using deaf = new BareServer(() => Promise.resolve());
  await using narrow = serve({ port: 0, maxConnections: 20 }, calculator());
  for (const { address } of [deaf, narrow]) {
    const crowd = new Crowd(address, 7, PATIENCE);
    const error = await assertRejects(
      () => crowd.gather(() => false),
      Finding,
    );
    assertStringIncludes(error.message, "got closed: ");
  }
});

Deno.test("fuzz: memory that rises and falls is no finding, memory that stays up is one", async () => {
  let memory: number | undefined = 100;
  const watch = new MemoryWatch({
    name: "server",
    memory: () => Promise.resolve(memory),
  });
  await watch.measure(false);
  for (let time = 0; time < 100; time++) {
    memory = time % 10 === 0 ? 160 : 300;
    await watch.measure(true);
  }
  memory = 165;
  const grow = async () => {
    for (let time = 0; time < 100; time++) await watch.measure(true);
  };
  const error = await assertRejects(grow, Finding);
  assertStringIncludes(error.message, "server 100 → 165 MiB");
});

Deno.test("fuzz: a role that dies is a finding", async () => {
  await using role = await LiveRole.start("server");
  role.check();
  await role.end();
  const error = assertThrows(() => role.check(), Finding);
  assertStringIncludes(error.message, "expected the server to keep running");
});

async function listen(peer: BarePeer): Promise<void> {
  while (await peer.frame());
}
