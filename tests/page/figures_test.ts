import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BOUNDS, Figures, SECONDS } from "../../lib/page/figures.ts";

Deno.test("figures: quantiles are at most an eighth too high", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    }),
    (times) => {
      const figures = new Figures();
      for (const time of times) figures.time("hit", 1_000_000, time);
      const sorted = times.toSorted((one, other) => one - other);
      const { hit } = figures.quantiles(1_000_000);
      for (
        const [share, found = NaN] of [[0.5, hit?.p50], [
          0.99,
          hit?.p99,
        ]] as const
      ) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
        assert(
          found >= exact * 0.999 && found <= exact * 1.125,
          `${exact} ${found}`,
        );
      }
    },
  ));
});

Deno.test("figures: the histogram has every answer in its bucket", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 20_000, noNaN: true })),
    (times) => {
      const figures = new Figures();
      for (const time of times) figures.time("miss", 0, time);
      const { counts } = figures.histogram("miss");
      let total = 0;
      for (const [index, bound] of BOUNDS.entries()) {
        total += counts[index] ?? 0;
        assertEquals(
          total,
          times.filter((time) => time / 1000 <= bound).length,
        );
      }
      assertEquals(total + (counts.at(-1) ?? 0), times.length);
    },
  ));
});

Deno.test("figures: after five minutes a second is forgotten", () => {
  const figures = new Figures();
  figures.time("error", 7_000, 1);
  assertEquals(figures.rates(7).error, 1);
  const later = 7_000 + 1000 * SECONDS;
  assertEquals(figures.quantiles(later), {});
  figures.time("hit", later, 1);
  assertEquals([figures.rates(7).error, figures.rates(7 + SECONDS).hit], [
    0,
    1,
  ]);
});

Deno.test("figures: untimed answers count like the next timed one", () => {
  const figures = new Figures();
  for (let n = 0; n < 9; n++) figures.count("hit");
  figures.count("miss");
  figures.time("hit", 5_000, 3);
  assertEquals(figures.rates(5), {
    hit: 10,
    miss: 0,
    stale: 0,
    answered: 0,
    error: 0,
  });
  const { counts, sum } = figures.histogram("hit");
  assertEquals([counts[BOUNDS.indexOf(0.005)], sum], [10, 0.03]);
  // If no timed one follows, they count like the last one.
  figures.count("hit");
  figures.settle(6_000);
  assertEquals([figures.rates(6).hit, figures.rates(6).miss], [1, 1]);
  assertEquals(figures.histogram("hit").counts[BOUNDS.indexOf(0.005)], 11);
});
