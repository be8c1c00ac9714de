import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Change, stepChanges } from "../../lib/client/step_changes.ts";
import {
  evaluate,
  ExpressionError,
  formatValue,
} from "../../lib/expression/mod.ts";
import { sketches, write } from "../expression/sketch.ts";
import vectors from "../fixtures/vectors.json" with { type: "json" };

/** The parts that change, and what they become. */
function parts(before: string, after: string): [string, string][] {
  return stepChanges(before, after).map((change) => [
    before.slice(change.before.start, change.before.end),
    after.slice(change.after.start, change.after.end),
  ]);
}

/** A step with its changes made. */
function replaced(before: string, after: string, changes: Change[]): string {
  return changes.toReversed().reduce((text, change) => {
    const value = after.slice(change.after.start, change.after.end);
    return text.slice(0, change.before.start) + value +
      text.slice(change.before.end);
  }, before);
}

/** Each step but the last with the one that follows it. */
function pairs(steps: readonly string[]): [string, string][] {
  return steps.slice(1).map((after, at) => [steps[at] ?? "", after]);
}

/** Checks the changes of all steps of an expression. */
function checkSteps(steps: readonly string[]): void {
  for (const [before, after] of pairs(steps)) {
    const changes = stepChanges(before, after);
    assertEquals(replaced(before, after, changes), after);
    for (const [part, value] of parts(before, after)) {
      // What a part is worth is what stands in its place, in brackets or not.
      assertEquals(
        formatValue(evaluate(part).value),
        value.replace(/^\((.*)\)$/, "$1"),
        `${before} → ${after}`,
      );
    }
    // One operation at a time; all others are constants.
    const operations = parts(before, after)
      .filter(([part]) => !/^[a-z]+$/i.test(part));
    assert(operations.length <= 1, `${before} → ${after}`);
  }
}

for (const { expression, steps = [], flags } of vectors) {
  if (expression === undefined || steps.length === 0 || flags) continue;
  Deno.test(`stepChanges: what changes in ${expression} makes each next step`, () => {
    checkSteps(evaluate(expression, { steps: true }).steps);
    // Those of the reference too, of which some are wrong.
    for (const [before, after] of pairs(steps)) {
      const changes = stepChanges(before, after);
      assertEquals(replaced(before, after, changes), after);
    }
  });
}

Deno.test("stepChanges: what changes in any expression makes each next step", () => {
  fc.assert(
    fc.property(sketches({ exact: true }), (sketch) => {
      let steps: string[];
      try {
        ({ steps } = evaluate(write(sketch), { steps: true }));
      } catch (error) {
        if (error instanceof ExpressionError) return;
        throw error;
      }
      checkSteps(steps);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("stepChanges: an operation changes as a whole, brackets that go included", () => {
  const cases: [before: string, after: string, changes: [string, string][]][] =
    [
      ["3 + 3", "6", [["3 + 3", "6"]]],
      ["1 * (1 * 1)", "1 * 1", [["(1 * 1)", "1"]]],
      ["(3 + 3) + 3", "6 + 3", [["(3 + 3)", "6"]]],
      ["sin(1 + 2)", "sin(3)", [["1 + 2", "3"]]],
      ["2 - (4 - 5)", "2 - -1", [["(4 - 5)", "-1"]]],
      ["(1 - 5) ** 2", "(-4) ** 2", [["1 - 5", "-4"]]],
      ["-(5)", "-5", [["-(5)", "-5"]]],
      ["-(inf)", "-inf", [["-(inf)", "-inf"]]],
      ["-(-(inf))", "-(-inf)", [["-(inf)", "-inf"]]],
      ["-(-inf)", "inf", [["-(-inf)", "inf"]]],
      ["-inf + 1", "-inf", [["-inf + 1", "-inf"]]],
      ["-(pi)", "-(3.141592653589793)", [["pi", "3.141592653589793"]]],
      ["1 + 2", "1 + 2", []],
    ];
  for (const [before, after, changes] of cases) {
    assertEquals([before, parts(before, after)], [before, changes]);
  }
});

Deno.test("stepChanges: constants on the way to the next operation change as well", () => {
  assertEquals(
    parts(
      "max((3 * 4), log(e), (6 * 7))",
      "max(12, log(2.718281828459045), (6 * 7))",
    ),
    [["(3 * 4)", "12"], ["e", "2.718281828459045"]],
  );
});

Deno.test("stepChanges: steps that no calculator writes change as a whole or not at all", () => {
  assertEquals(parts("1 + 2", "sin(3)"), [["1 + 2", "sin(3)"]]);
  assertEquals(parts("1 + 2", "three"), []);
  assertEquals(parts("\x1b[2J", "3"), []);
});

Deno.test("stepChanges: a chain may fill a frame", () => {
  const chain = (first: string) =>
    `${"(".repeat(8000)}${first}${" + 1)".repeat(8000)} + 1`;
  assertEquals(parts(chain("pi"), chain("3.14")), [["pi", "3.14"]]);
});
