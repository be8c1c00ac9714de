import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  evaluate,
  ExpressionError,
  format,
  parse,
} from "../../lib/expression/mod.ts";
import { nextPart } from "../../lib/page/next_part.ts";
import { sketches, write } from "../expression/sketch.ts";

for (
  const [step, part] of [
    ["max(2, 3) + 3", "max(2, 3)"],
    ["10 + 0", "10 + 0"],
    ["((1 + 2) * 3) - 4", "(1 + 2)"],
    ["pi", undefined],
    ["-5", undefined],
    ["1+2", undefined],
  ] as const
) {
  Deno.test(`next part: of ${step}`, () => {
    const place = nextPart(step);
    assertEquals(place && step.slice(...place), part);
  });
}

Deno.test("next part: what is around it is the same in the next step", () => {
  fc.assert(fc.property(sketches({ exact: true }), (sketch) => {
    let steps: readonly string[];
    try {
      steps = evaluate(parse(format(parse(write(sketch))))).steps;
    } catch (error) {
      if (error instanceof ExpressionError) return;
      throw error;
    }
    for (const [index, step] of steps.slice(0, -1).entries()) {
      const place = nextPart(step);
      if (!place) continue;
      const next = steps[index + 1] ?? "";
      const [start, end] = place;
      assertEquals(next.slice(0, start), step.slice(0, start));
      assertEquals(next.endsWith(step.slice(end)), true, `${step} → ${next}`);
    }
  }));
});
