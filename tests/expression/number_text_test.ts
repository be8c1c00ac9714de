import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { evaluate, formatValue } from "../../lib/expression/mod.ts";

Deno.test("text: integers are written in decimal", () => {
  assertEquals(formatValue(0n), "0");
  assertEquals(formatValue(-129n), "-129");
  assertEquals(formatValue(2n ** 100n), "1267650600228229401496703205376");
});

Deno.test("text: doubles look like doubles", () => {
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

Deno.test("text: reads back as the same value of the same kind", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    assert(Object.is(evaluate(formatValue(value)).value, value));
  }));
  fc.assert(fc.property(fc.bigInt(), (value) => {
    assertEquals(evaluate(formatValue(value)).value, value);
  }));
});

Deno.test("text: finite doubles always have a point or an exponent of two digits", () => {
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(doubles, (value) => {
    assertMatch(formatValue(value), /^-?(\d+\.\d+|\d(\.\d+)?e[+-]\d{2,3})$/);
  }));
});
