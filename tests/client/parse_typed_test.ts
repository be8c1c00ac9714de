import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseTyped } from "../../lib/client/parse_typed.ts";
import {
  evaluate,
  ExpressionError,
  format,
  formatValue,
  parse,
} from "../../lib/expression/mod.ts";
import { sketches, write } from "../expression/sketch.ts";

Deno.test("parseTyped: characters of paper mean what they mean there", () => {
  const cases: [typed: string, canonical: string][] = [
    ["2 × 3", "2 * 3"],
    ["2·3", "2 * 3"],
    ["6 ÷ 2", "6 / 2"],
    ["5 − 3", "5 - 3"],
    ["5–3", "5 - 3"],
    ["−5", "-5"],
    ["1e−5", "1e-05"],
    ["2 * π", "2 * pi"],
    ["−τ + ∞", "-(tau) + inf"],
    ["１＋２", "1 + 2"],
    ["ｍａｘ（１．５，　２）", "max(1.5, 2)"],
    ["1_000", "1000"],
    ["1_000_000.5_0 - 1e1_0", "1000000.5 - 10000000000.0"],
    ["１＿０００", "1000"],
  ];
  for (const [typed, canonical] of cases) {
    assertEquals([typed, format(parseTyped(typed))], [typed, canonical]);
  }
});

Deno.test("parseTyped: an error quotes what was typed, and has its place there", () => {
  const cases: [typed: string, position: number, end: string][] = [
    ["2 × × 3", 4, 'found "×"'],
    ["π + π + $", 8, 'found "$"'],
    ["1_000 + ＄", 8, 'found "＄"'],
    ["2π", 1, 'found "π": a product is written *'],
    ["1_000 2_000", 6, 'found "2_000"'],
    ["1_000 +", 7, "found the end"],
    ["π + ｓｑｒ（2）", 4, 'function "ｓｑｒ": did you mean "sqrt"?'],
    ["π + x_1_0", 4, 'name "x_1_0"'],
    ["1，000", 1, 'found "，": digits are not grouped: write 1000'],
    ["1__0", 1, 'found "__0": digits are not grouped: write 10'],
    ["1_ + 2", 1, 'found "_"'],
    ["ａ".repeat(50), 0, `name "${"ａ".repeat(40)}…"`],
    ["π".repeat(30), 0, `name "${"π".repeat(30)}"`],
  ];
  for (const [typed, position, end] of cases) {
    const error = assertThrows(() => parseTyped(typed), ExpressionError);
    assertEquals(
      [typed, error.position, error.message.slice(-end.length)],
      [typed, position, end],
    );
  }
});

Deno.test("parseTyped: what the grammar has is left alone", () => {
  fc.assert(fc.property(sketches({ exact: false }), (sketch) => {
    const typed = write(sketch);
    assertEquals(format(parseTyped(typed)), format(parse(typed)));
  }));
});

Deno.test("parseTyped: an error has its place whatever is typed before it", () => {
  const operands = fc.constantFrom("π", "∞", "1_000", "-5", "２", "ｐｉ");
  fc.assert(fc.property(fc.array(operands), (before) => {
    const typed = [...before, "$"].join(" × ");
    const error = assertThrows(() => parseTyped(typed), ExpressionError);
    assertEquals(error.position, typed.length - 1);
  }));
});

Deno.test("parseTyped: any text is either read or refused with a place in it", () => {
  const pieces = fc.constantFrom(
    ..."0 1_0 _ e x_1 π ∞ × − ÷ ２ （ ） ( ) , $ é 😀".split(" "),
  );
  const texts = fc.oneof(
    fc.array(pieces).map((chosen) => chosen.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(fc.property(texts, (typed) => {
    try {
      parseTyped(typed);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { position = -1 } = error;
      return position >= 0 && position <= typed.length;
    }
  }));
});

Deno.test("parseTyped: ans is the last result, in any case", () => {
  const last = { result: "-2" };
  for (
    const [typed, canonical] of [
      ["ans", "-2"],
      ["ans ** 2", "(-2) ** 2"],
      ["max(ANS,Ans) × ａｎｓ", "max(-2, -2) * -2"],
    ] as const
  ) {
    assertEquals([typed, format(parseTyped(typed, last))], [typed, canonical]);
  }
  assertThrows(() => parseTyped("ans"), ExpressionError, "unknown name");
  assertThrows(() => parseTyped("2ans", last), ExpressionError, 'found "ans"');
});

Deno.test("parseTyped: before the first result, ans is an error at its place", () => {
  const last = { result: undefined };
  const error = assertThrows(
    () => parseTyped("1_0 × ans", last),
    ExpressionError,
    "there is no result yet for ans to stand for",
  );
  assertEquals(error.position, 6);
  assertEquals(format(parseTyped("1 + 2", last)), "1 + 2");
});

Deno.test("parseTyped: an error behind ans quotes what was typed", () => {
  const last = { result: "1267650600228229401496703205376" };
  for (
    const [typed, position, found] of [
      ["ans + ×", 6, "×"],
      ["ans ans", 4, "ans"],
      ["2 ANS + 1", 2, "ANS"],
      ["(ans + $)", 7, "$"],
    ] as const
  ) {
    const error = assertThrows(
      () => parseTyped(typed, last),
      ExpressionError,
      `found "${found}"`,
    );
    assertEquals([typed, error.position], [typed, position]);
  }
});

Deno.test("parseTyped: ans has the value of the last result, whatever that is", () => {
  const values = fc.oneof(fc.bigInt(), fc.double());
  fc.assert(fc.property(values, (value) => {
    const last = { result: formatValue(value) };
    assertEquals(evaluate(format(parseTyped("ans", last))).value, value);
  }));
});

Deno.test("parseTyped: the time for a long run of digits grows like its length", () => {
  /** The fastest of some rounds, in milliseconds. */
  const timeFor = (digits: number) => {
    const typed = "1".repeat(digits);
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now();
      assertThrows(() => parseTyped(typed), ExpressionError, "4300 digits");
      return performance.now() - start;
    });
    return Math.min(...times);
  };
  // Sixteen times as long: 256 times as much if each digit is a start.
  const short = Math.max(timeFor(5_000), 0.1);
  assert(timeFor(80_000) < 100 * short);
});
