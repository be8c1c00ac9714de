import { assert, assertEquals } from "@std/assert";
import { compare } from "../bench/comparison.ts";
import { startServer } from "../bench/process.ts";
import { same } from "../bench/requests.ts";

/** Enough for buffers to grow and caches to be full. */
const TIMES = 100;

Deno.test("bench: every function that is timed does its work", async (t) => {
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

Deno.test("bench: a role and an echo under load answer all that they are asked", async () => {
  await using server = await startServer();
  const question = { role: server, requests: same("1 + 2"), connections: 2 };
  const brief = { warmUp: 0, slices: 1 };
  const comparisons = await Promise.all([
    compare({ ...question, ...brief, inFlight: 4 }),
    compare({ ...question, ...brief, inFlight: 1, oneEach: true }),
  ]);
  for (const { rate, errors } of comparisons.flatMap(Object.values)) {
    assertEquals(errors, 0);
    assert(rate > 0);
  }
});
