import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { withLastResult } from "../../lib/client/last_result.ts";
import {
  evaluate,
  ExpressionError,
  formatValue,
} from "../../lib/expression/mod.ts";

Deno.test("ans: the last result stands in its place, in any case", () => {
  for (
    const [source, text] of [
      ["ans", "(-2)"],
      ["ans ** 2", "(-2) ** 2"],
      ["max(ANS,Ans)", "max((-2),(-2))"],
      ["2ans", "2(-2)"],
      ["1 + 2", "1 + 2"],
      ["answer + trans", "answer + trans"],
      ["× ans", "× (-2)"],
    ] as const
  ) {
    assertEquals(withLastResult(source, "-2"), text);
  }
});

Deno.test("ans: before the first result it is an error at its place", () => {
  const error = assertThrows(
    () => withLastResult("1 + ans", undefined),
    ExpressionError,
    "there is no result yet that ans could stand for",
  );
  assertEquals(error.position, 4);
  assertEquals(withLastResult("1 + 2", undefined), "1 + 2");
});

Deno.test("ans: is the value of the last result, whatever that is", () => {
  const values = fc.oneof(fc.bigInt(), fc.double());
  fc.assert(fc.property(values, (value) => {
    const result = formatValue(value);
    assertEquals(evaluate(withLastResult("ans", result)).value, value);
  }));
});
