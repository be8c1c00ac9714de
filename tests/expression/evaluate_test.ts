import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  evaluate,
  ExpressionError,
  format,
  formatValue,
  isRandom,
  parse,
} from "../../lib/expression/mod.ts";
import { sketches, write } from "./sketch.ts";

/** Random expressions as a user might type them. */
const sources = sketches({ exact: false }).map(write);

/** Whether something fails as expressions do, rather than as programs do. */
function fails(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof ExpressionError) return true;
    throw error;
  }
}

Deno.test("evaluate: every step, read again, has the value of the whole", () => {
  fc.assert(fc.property(sources, (source) => {
    fc.pre(!fails(() => evaluate(source)));
    const { value, steps } = evaluate(source, { steps: true });
    for (const step of steps) {
      assertEquals([step, formatValue(evaluate(step).value)], [
        step,
        formatValue(value),
      ]);
    }
  }));
});

Deno.test("evaluate: the first step is the expression as given, the last its value", () => {
  fc.assert(fc.property(sources, (source) => {
    fc.pre(!fails(() => evaluate(source)));
    const tree = parse(source);
    const { value, steps } = evaluate(tree, { steps: true });
    if (tree.kind === "literal" || tree.kind === "constant") {
      assertEquals(steps, []);
    } else {
      assertEquals(steps[0], format(tree));
      assertEquals(steps.at(-1), formatValue(value));
    }
  }));
});

Deno.test("evaluate: steps change neither the value nor the error", () => {
  const outcome = (source: string, steps: boolean) => {
    try {
      return formatValue(evaluate(source, { steps }).value);
    } catch (error) {
      assert(error instanceof ExpressionError);
      return error.message;
    }
  };
  fc.assert(fc.property(sources, (source) => {
    assertEquals(outcome(source, true), outcome(source, false));
  }));
});

Deno.test("format: what it writes reads back as the same expression", () => {
  fc.assert(fc.property(sources, (source) => {
    const canonical = format(parse(source));
    assertEquals(format(parse(canonical)), canonical);
    fc.pre(!fails(() => evaluate(source)));
    assertEquals(
      formatValue(evaluate(canonical).value),
      formatValue(evaluate(source).value),
    );
  }));
});

Deno.test("evaluate: steps mend the three faults of the reference", () => {
  const steps = (source: string) => evaluate(source, { steps: true }).steps;
  assertEquals(steps("sin(1 - 1) + sin(2 - 2)"), [
    "sin(1 - 1) + sin(2 - 2)",
    "sin(0) + sin(2 - 2)",
    "0.0 + sin(2 - 2)",
    "0.0 + sin(0)",
    "0.0 + 0.0",
    "0.0",
  ]);
  assertEquals(steps("(1 - 5) ** 2"), ["(1 - 5) ** 2", "(-4) ** 2", "16"]);
  assertEquals(steps("inf * 2"), ["inf * 2", "inf"]);
  assertEquals(steps("Tau * 2"), [
    "Tau * 2",
    "6.283185307179586 * 2",
    "12.566370614359172",
  ]);
});

Deno.test("evaluate: a sign on the left of a power is in brackets in every step", () => {
  const steps = (source: string) => evaluate(source, { steps: true }).steps;
  assertEquals(steps("(-4) ** 2 + 1"), ["((-4) ** 2) + 1", "16 + 1", "17"]);
  assertEquals(steps("(-0.0) ** 2 + 1"), [
    "((-0.0) ** 2) + 1",
    "0.0 + 1",
    "1.0",
  ]);
  assertEquals(steps("max(2, -(1 + 1) + (-(1 + 1)) ** 2)"), [
    "max(2, (-(1 + 1) + ((-(1 + 1)) ** 2)))",
    "max(2, (-(2) + ((-(1 + 1)) ** 2)))",
    "max(2, (-2 + ((-(1 + 1)) ** 2)))",
    "max(2, (-2 + ((-(2)) ** 2)))",
    "max(2, (-2 + ((-2) ** 2)))",
    "max(2, (-2 + 4))",
    "max(2, 2)",
    "2",
  ]);
  assertEquals(steps("max(-3, -2) ** 2 - 1"), [
    "(max(-3, -2) ** 2) - 1",
    "((-2) ** 2) - 1",
    "4 - 1",
    "3",
  ]);
});

Deno.test("evaluate: a number or a constant alone has no steps", () => {
  for (const source of ["7", "-5", "2.5", "pi", "((7))"]) {
    assertEquals(evaluate(source, { steps: true }).steps, []);
  }
});

Deno.test("evaluate: there are no steps unless requested", () => {
  assertEquals(evaluate("1 + 2"), { value: 3n, steps: [] });
});

Deno.test("evaluate: steps that would be too long are given up early", () => {
  const source = "1" + "+1".repeat(20_000);
  const error = assertThrows(
    () => evaluate(source, { steps: true, maxStepsLength: 500_000 }),
    ExpressionError,
    "the steps have more than 500000 characters: ask without steps",
  );
  assertEquals(error.name, "TooLarge");
  assertEquals(
    evaluate("1 + 2", { steps: true, maxStepsLength: 6 }).steps,
    ["1 + 2", "3"],
  );
});

Deno.test("evaluate: an expression that would take too long is refused before it is computed", () => {
  const tooLong = [
    "pow(9 ** 4500, 9 ** 4500, 9 ** 4500 - 2)",
    `max(1, 2${", pow(9 ** 4500, -1, 7 ** 5000)".repeat(2000)})`,
    `1${" + 9 ** 4500 % 7 ** 2400".repeat(2500)}`,
    `max(1${", 9 ** 4500 / 7 ** 5000".repeat(2500)})`,
    `1${" + 9 ** 4500".repeat(5000)}`,
    `9 ** 4500${" * 1".repeat(30_000)}`,
  ];
  for (const source of tooLong) {
    const error = assertThrows(
      () => evaluate(source),
      ExpressionError,
      "the calculation takes too long: its integers are too large",
    );
    assertEquals(error.name, "TooLarge");
  }
});

Deno.test("evaluate: a large but feasible expression is computed", () => {
  const feasible: [source: string, length: number][] = [
    ["pow(3, 2 ** 2048 - 1, 2 ** 2048 - 5)", 616],
    ["pow(9 ** 4500, -1, 7 ** 5000)", 4226],
    [`9 ** 4500${" * 1".repeat(10_000)}`, 4295],
    [`9 ** 4500${" + 1".repeat(10_000)}`, 4295],
  ];
  for (const [source, length] of feasible) {
    assertEquals(formatValue(evaluate(source).value).length, length);
  }
});

Deno.test("evaluate: the work limit is an option", () => {
  const source = "7 ** 400 * 7 ** 400";
  assertThrows(() => evaluate(source, { maxWork: 100 }), ExpressionError);
  assertEquals(evaluate(source, { maxWork: Infinity }).value, 7n ** 800n);
});

Deno.test("evaluate: rand lies between its arguments and draws one random number", () => {
  const draws = [0, 0.25, 0.999];
  const random = () => draws.shift() ?? 0;
  assertEquals(evaluate("rand(1, 2)", { random }).value, 1);
  assertEquals(evaluate("rand(10, 2)", { random }).value, 8);
  assertEquals(evaluate("rand(0, 1000)", { random }).value, 999);
  const { steps } = evaluate("rand(1, 3) + 1", {
    steps: true,
    random: () => 0.5,
  });
  assertEquals(steps, ["rand(1, 3) + 1", "2.0 + 1", "3.0"]);
});

Deno.test("evaluate: an option out of range is refused by name", () => {
  for (const wrong of [-1, NaN, -Infinity]) {
    for (const option of ["maxWork", "maxStepsLength"]) {
      const error = assertThrows(
        () => evaluate("1 + 1", { [option]: wrong }),
        RangeError,
      );
      assertEquals(
        error.message,
        `"${option}" must be a number, at least 0: received ${wrong}`,
      );
    }
  }
  for (const drawn of [-0.1, 1, NaN]) {
    assertThrows(
      () => evaluate("rand(1, 2)", { random: () => drawn }),
      RangeError,
      `"random" must return numbers from 0 to less than 1: returned ${drawn}`,
    );
  }
});

Deno.test("evaluate: an option that is undefined is left out", () => {
  const options = {
    steps: undefined,
    maxStepsLength: undefined,
    maxWork: undefined,
    random: undefined,
    vocabulary: undefined,
  };
  assertEquals(evaluate("1 + 2", options), evaluate("1 + 2"));
});

Deno.test("isRandom: an expression is random if it calls rand anywhere", () => {
  for (
    const source of [
      "rand(0, 1)",
      "1 + -(RAND(0, 1))",
      "max(1, 2 ** rand(1, 2))",
    ]
  ) {
    assert(isRandom(parse(source)), source);
  }
  for (const source of ["1", "pi", "max(1, 2) + sin(-3)"]) {
    assert(!isRandom(parse(source)), source);
  }
});
