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

/** What is said in place of the reference's messages, which are Python's. */
const MESSAGES: Record<string, string> = {
  "1 % 0": "remainder of a division by zero",
  "1.0 / 0": "floating-point division by zero",
  "1.5 % 0": "remainder of a floating-point division by zero",
  "sqrt(-1)": "the square root of a negative number is not a real number",
  "log(0)": "only positive numbers have a logarithm",
  "0 ** -1": "0 to a negative power is a division by zero",
  "10.0 ** 400": "the power is too large for a double (at most 1.8e+308)",
  "10 ** 400 + 0.5": "the integer is too large for a double (at most 1.8e+308)",
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
      assertEquals(thrown.message, MESSAGES[expression] ?? error.message);
    });
  }
}
