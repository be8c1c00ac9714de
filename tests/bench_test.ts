import { assert, assertEquals } from "@std/assert";
import { compare, type Question } from "../bench/comparison.ts";
import { startServer, startTlsProxy } from "../bench/process.ts";
import { same } from "../bench/requests.ts";
import { canCertify, Certified } from "../tools/harness/certificate.ts";

/** Enough for buffers to grow and caches to be full. */
const TIMES = 100;

Deno.test("bench: every measured function does its work", async (t) => {
  // `deno bench` would time each of them for half a second and more.
  const functions = new Map<string, () => unknown>();
  const { bench } = Deno;
  Object.assign(Deno, {
    bench: (name: string, timed: () => unknown) => functions.set(name, timed),
  });
  try {
    const directory = new URL("../bench", import.meta.url);
    for (const { name } of Deno.readDirSync(directory)) {
      if (name.endsWith("_bench.ts")) await import(`../bench/${name}`);
    }
  } finally {
    Object.assign(Deno, { bench });
  }
  assert(functions.size > 0);
  for (const [name, timed] of functions) {
    await t.step(name, async () => {
      for (let time = 0; time < TIMES; time++) await timed();
    });
  }
});

Deno.test("bench: a role and an echo under load answer every request", async () => {
  await using server = await startServer();
  const question = { role: server, requests: same("1 + 2"), connections: 2 };
  await assertAllAnswered([
    { ...question, inFlight: 4 },
    { ...question, inFlight: 1, oneEach: true },
  ]);
});

Deno.test(
  "bench: a role with TLS under load answers every request",
  {
    ignore: !await canCertify(),
  },
  async () => {
    await using certified = await Certified.make();
    await using server = await startServer();
    await using role = await startTlsProxy(server, certified);
    const { ca } = certified;
    const question = { role, ca, requests: same("1 + 2"), connections: 2 };
    await assertAllAnswered([
      { ...question, inFlight: 4 },
      { ...question, inFlight: 1, oneEach: true },
    ]);
  },
);

async function assertAllAnswered(questions: Question[]): Promise<void> {
  const brief = { warmUp: 0, slices: 1 };
  const comparisons = await Promise.all(
    questions.map((question) => compare({ ...question, ...brief })),
  );
  for (const { rate, errors } of comparisons.flatMap(Object.values)) {
    assertEquals(errors, 0);
    assert(rate > 0);
  }
}
