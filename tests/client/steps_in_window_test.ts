import { LONG_EXAMPLE } from "../../lib/client/example.ts";
import { assert, assertEquals } from "@std/assert";
import { unicodeWidth } from "@std/cli/unicode-width";
import fc from "fast-check";
import { showSteps } from "../../lib/client/steps_in_window.ts";
import { evaluate, ExpressionError } from "../../lib/expression/mod.ts";
import type { Style } from "../../lib/terminal/style.ts";
import { sketches, write } from "../expression/sketch.ts";

const plain: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  next: (text) => text,
  changed: (text) => text,
};

const marked: Style = {
  ...plain,
  next: (text) => `<${text}>`,
  changed: (text) => `{${text}}`,
};

const LONG = LONG_EXAMPLE;

function shown(expression: string, columns: number, style = plain): string {
  const { steps } = evaluate(expression, { steps: true });
  return showSteps(steps, columns, style).join("\n");
}

Deno.test("showSteps: steps stand beside the expression where there is room", () => {
  assertEquals(
    shown("1 + 2 + 3", 19),
    `\
(1 + 2) + 3 = 3 + 3
            = 6`,
  );
});

Deno.test("showSteps: where there is no room beside it, they stand below", () => {
  assertEquals(
    shown("1 + 2 + 3", 18),
    `\
(1 + 2) + 3
  = 3 + 3
  = 6`,
  );
});

Deno.test("showSteps: what is too long for a line is broken where few brackets are open", () => {
  assertEquals(
    shown(LONG, 40),
    `\
(sin(max(2, (3 * 4), 5,
    (6 * ((7 * 8) / 9)), (10 / 11)))
    / 12) * 13
  = (sin(max(2, 12, 5,
        (6 * ((7 * 8) / 9)), (10 / 11)))
        / 12) * 13
  = (sin(max(2, 12, 5, (6 * (56 / 9)),
        (10 / 11))) / 12) * 13
  = (sin(max(2, 12, 5,
        (6 * 6.222222222222222),
        (10 / 11))) / 12) * 13
  = (sin(max(2, 12, 5,
        37.333333333333336, (10 / 11)))
        / 12) * 13
  = (sin(max(2, 12, 5,
        37.333333333333336,
        0.9090909090909091)) / 12) * 13
  = (sin(37.333333333333336) / 12) * 13
  = (-0.35767641068434347 / 12) * 13
  = -0.02980636755702862 * 13
  = -0.38748277824137206`,
  );
});

Deno.test("showSteps: marks go on behind the end of a line", () => {
  assertEquals(
    shown("max(100, 200, 300) + 1", 16, marked),
    `\
<max(100, 200,>
    <300)> + 1
  = {300}< + 1>
  = {301}`,
  );
});

Deno.test("showSteps: a number longer than a line is left to the window", () => {
  assertEquals(
    shown("10 ** 30 + 1", 20),
    `\
(10 ** 30) + 1
  = ${10n ** 30n}
        + 1
  = ${10n ** 30n + 1n}`,
  );
});

Deno.test("showSteps: wide characters count two columns, combining marks none", () => {
  const steps = ["数 + e\u0301", "数", "1"];
  assertEquals(showSteps(steps, 11, plain), [
    "数 + e\u0301 = 数",
    "       = 1",
  ]);
  assertEquals(showSteps(steps, 10, plain)[0], "数 + e\u0301");
});

Deno.test("showSteps: any steps fit any window, and are broken at nothing but spaces", () => {
  fc.assert(
    fc.property(
      sketches({ exact: true }),
      fc.integer({ min: 1, max: 200 }),
      (sketch, columns) => {
        let steps: string[];
        try {
          ({ steps } = evaluate(write(sketch), { steps: true }));
        } catch (error) {
          if (error instanceof ExpressionError) return;
          throw error;
        }
        const lines = showSteps(steps, columns, plain);
        assertEquals(
          lines.map((line) => line.trim()).join(" "),
          steps.join(" = "),
        );
        for (const line of lines) {
          // An operator may begin a line, and then it belongs to its operand.
          const text = line.replace(/^ *= |^ *[-+*/%]+ /, "");
          const isWhole = !/, | [-+*/%]+ /.test(text);
          assert(unicodeWidth(line) <= columns || isWhole, line);
        }
      },
    ),
    { numRuns: 500 },
  );
});
