import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  evaluate,
  ExpressionError,
  formatValue,
  MAX_INTEGER_DIGITS,
  parseValue,
} from "../../lib/expression/mod.ts";

Deno.test("formatValue: integers are written in decimal", () => {
  assertEquals(formatValue(0n), "0");
  assertEquals(formatValue(-129n), "-129");
  assertEquals(formatValue(2n ** 100n), "1267650600228229401496703205376");
});

Deno.test("formatValue: doubles look like doubles", () => {
  const cases: [value: number, written: string][] = [
    [33, "33.0"],
    [0, "0.0"],
    [-0, "-0.0"],
    [0.1, "0.1"],
    [-2.5, "-2.5"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000012345, "1.2345e-05"],
    [123456789012345, "123456789012345.0"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [1.5e16, "1.5e+16"],
    [1e22, "1e+22"],
    [-1e100, "-1e+100"],
    [5e-324, "5e-324"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, written] of cases) {
    assertEquals(formatValue(value), written);
  }
});

Deno.test("formatValue: reads back as the same value of the same kind", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    assert(Object.is(evaluate(formatValue(value)).value, value));
  }));
  fc.assert(fc.property(fc.bigInt(), (value) => {
    assertEquals(evaluate(formatValue(value)).value, value);
  }));
});

Deno.test("formatValue: finite doubles always have a point or an exponent of two digits", () => {
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(doubles, (value) => {
    assertMatch(formatValue(value), /^-?(\d+\.\d+|\d(\.\d+)?e[+-]\d{2,3})$/);
  }));
});

Deno.test("parseValue: reads back what formatValue has written", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    assert(Object.is(parseValue(formatValue(value)), value));
  }));
  fc.assert(fc.property(fc.bigInt(), (value) => {
    assertEquals(parseValue(formatValue(value)), value);
  }));
});

Deno.test("parseValue: reads any other way to write a number", () => {
  const cases: [text: string, value: number | bigint][] = [
    ["+7", 7n],
    ["007", 7n],
    ["-0", 0n],
    ["2.", 2],
    [".5", 0.5],
    ["-.5", -0.5],
    ["+2.5", 2.5],
    ["1e3", 1000],
    ["1E-3", 0.001],
    ["2.5e+2", 250],
    ["1e400", Infinity],
  ];
  for (const [text, value] of cases) {
    assert(Object.is(parseValue(text), value), text);
  }
});

Deno.test("parseValue: text that is not a number has no value", () => {
  for (
    const text of [
      ...["", " ", "1 ", " 1", "1\n", "+", "-", ".", "e", "e5", "1e", "1e+"],
      ...["1.5.2", "--1", "1_000", "1,5", "0x10", "10n", "1 + 2", "(1)"],
      ...["pi", "INF", "+inf", "Infinity", "NaN", "-nan", "١"],
    ]
  ) {
    assertEquals(parseValue(text), undefined, JSON.stringify(text));
  }
});

Deno.test("parseValue: an expression is a number if it parses as one literal", () => {
  fc.assert(fc.property(
    fc.stringMatching(/^[\d.e+-]{0,8}$/),
    (text) => {
      const value = parseValue(text);
      if (value === undefined) return;
      // The evaluator knows no other value for the same text.
      const [, digits = ""] = /^[+-]?(.*)$/.exec(text) ?? [];
      const sized = evaluate(digits).value;
      const isNegative = text.startsWith("-");
      assert(Object.is(value, isNegative ? -sized : sized), text);
    },
  ));
});

Deno.test("parseValue: an integer has 4300 digits at most, leading zeros aside", () => {
  assertEquals(MAX_INTEGER_DIGITS, 4300);
  const longest = "9".repeat(4300);
  for (const sign of ["", "-", "+"]) {
    const value = BigInt(`${sign === "-" ? "-" : ""}${longest}`);
    assertEquals(parseValue(`${sign}${longest}`), value);
    assertEquals(parseValue(`${sign}${"0".repeat(5000)}${longest}`), value);
    const error = assertThrows(
      () => parseValue(`${sign}${longest}9`),
      ExpressionError,
    );
    assertEquals(error.name, "TooLarge");
  }
});
