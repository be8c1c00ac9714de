import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  evaluate,
  ExpressionError,
  type ExpressionErrorName,
  formatValue,
} from "../../lib/expression/mod.ts";

function assertValues(cases: Record<string, string>): void {
  for (const [source, expected] of Object.entries(cases)) {
    assertEquals([source, formatValue(evaluate(source).value)], [
      source,
      expected,
    ]);
  }
}

function assertFailures(
  cases: Record<string, [name: ExpressionErrorName, message: string]>,
): void {
  for (const [source, [name, message]] of Object.entries(cases)) {
    const error = assertThrows(() => evaluate(source), ExpressionError);
    assertEquals([source, error.name, error.message], [source, name, message]);
  }
}

Deno.test("arithmetic: integers stay integers, anything else is a double", () => {
  assertValues({
    "2 + 3": "5",
    "2 + 3.0": "5.0",
    "2 - 3": "-1",
    "2 * -3": "-6",
    "0.5 * 2": "1.0",
    "-(0)": "0",
    "-(0.0)": "-0.0",
    "+(2.0)": "2.0",
    "1e308 * 10": "inf",
    "inf - inf": "nan",
  });
});

Deno.test("arithmetic: division is always a double", () => {
  assertValues({
    "4 / 2": "2.0",
    "7 / 2": "3.5",
    "-7 / 2": "-3.5",
    "0 / 5": "0.0",
    "0 / -5": "-0.0",
    "10 ** 400 / 10 ** 399": "10.0",
    "(10 ** 400 + 1) / 10 ** 400": "1.0",
    "1 / 10 ** 320": "1e-320",
    "-1 / 3 ** 2000": "-0.0",
    "9007199254740993 / 1": "9007199254740992.0",
    "9007199254740993 / 3": "3002399751580331.0",
  });
  assertFailures({
    "1 / 0": ["DivisionByZero", "division by zero"],
    "1.0 / 0": ["DivisionByZero", "floating-point division by zero"],
    "1 / 0.0": ["DivisionByZero", "floating-point division by zero"],
    "10 ** 400 / 3": [
      "OutOfRange",
      "the quotient is too large for a double (at most 1.8e+308)",
    ],
  });
});

/** A double as an exact fraction: its numerator over 2 ** 1074. */
function over2To1074(double: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, double);
  const raw = bits.getBigUint64(0);
  const exponent = raw >> 52n & 0x7ffn;
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  const size = exponent === 0n
    ? fraction
    : (fraction | 1n << 52n) << (exponent - 1n);
  return double < 0 ? -size : size;
}

/** The doubles next to a positive double, below and above. */
function neighbours(double: number): number[] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, double);
  const raw = bits.getBigUint64(0);
  return [raw - 1n, raw + 1n].map((next) => {
    bits.setBigUint64(0, next);
    return bits.getFloat64(0);
  });
}

Deno.test("arithmetic: the quotient of huge integers is the nearest double", () => {
  const size = fc.bigInt({ min: 1n, max: 10n ** 300n });
  const distance = (a: bigint, b: bigint, quotient: number) => {
    const error = (a << 1074n) - over2To1074(quotient) * b;
    return error < 0n ? -error : error;
  };
  const shifts = fc.integer({ min: 0, max: 3500 });
  fc.assert(fc.property(size, size, shifts, (a, b, shift) => {
    const divisor = b << BigInt(shift);
    const quotient = evaluate(`${a} / ${divisor}`).value;
    assert(typeof quotient === "number");
    const least = distance(a, divisor, quotient);
    if (quotient === 0) {
      assert(least <= distance(a, divisor, Number.MIN_VALUE));
    } else {
      for (const next of neighbours(quotient)) {
        assert(least <= distance(a, divisor, next), `${a} / ${divisor}`);
      }
    }
  }));
});

Deno.test("arithmetic: the remainder takes the sign of the divisor", () => {
  assertValues({
    "7 % 3": "1",
    "-7 % 3": "2",
    "7 % -3": "-2",
    "-7 % -3": "-1",
    "6 % -3": "0",
    "7.5 % 2": "1.5",
    "7.5 % -2": "-0.5",
    "-7.5 % 2": "0.5",
    "4.0 % -2": "-0.0",
    "5 % inf": "5.0",
    "-5 % inf": "inf",
    "inf % 5": "nan",
  });
  assertFailures({
    "1 % 0": ["DivisionByZero", "remainder of a division by zero"],
    "1.5 % 0": [
      "DivisionByZero",
      "remainder of a floating-point division by zero",
    ],
    "1 % 0.0": [
      "DivisionByZero",
      "remainder of a floating-point division by zero",
    ],
  });
  const nonZero = fc.bigInt().filter((divisor) => divisor !== 0n);
  fc.assert(fc.property(fc.bigInt(), nonZero, (dividend, divisor) => {
    const remainder = evaluate(`(${dividend}) % (${divisor})`).value;
    assert(typeof remainder === "bigint");
    assertEquals((dividend - remainder) % divisor, 0n);
    assert(
      divisor > 0n
        ? remainder >= 0n && remainder < divisor
        : remainder <= 0n && remainder > divisor,
    );
  }));
});

Deno.test("arithmetic: powers are exact for integers and as in IEEE 754 for doubles", () => {
  assertValues({
    "2 ** 10": "1024",
    "2 ** -1": "0.5",
    "2.0 ** 3": "8.0",
    "0 ** 0": "1",
    "(-2) ** 3": "-8",
    "(-8.0) ** 3": "-512.0",
    "1 ** nan": "1.0",
    "nan ** 0": "1.0",
    "(-1) ** inf": "1.0",
    "(-1.0) ** -inf": "1.0",
    "0.0 ** -inf": "inf",
    "inf ** -1": "0.0",
    "pow(2, 8)": "256",
  });
  assertFailures({
    "0 ** -1": [
      "DivisionByZero",
      "0 to a negative power is a division by zero",
    ],
    "0.0 ** -0.5": [
      "DivisionByZero",
      "0 to a negative power is a division by zero",
    ],
    "10.0 ** 400": [
      "OutOfRange",
      "the power is too large for a double (at most 1.8e+308)",
    ],
    "(-8) ** 0.5": [
      "DomainError",
      "a negative number to a fractional power is not a real number",
    ],
    "(10 ** 400) ** -1": [
      "OutOfRange",
      "the integer is too large for a double (at most 1.8e+308)",
    ],
  });
});

Deno.test("arithmetic: integers end at 4300 digits, before any work is done", () => {
  const tooLarge = "an integer may have at most 4300 digits";
  assertValues({
    "9 * 10 ** 4299 + (10 ** 4299 - 1)": "9".repeat(4300),
    "(-1) ** (10 ** 30 + 1)": "-1",
    "0 ** 10 ** 30": "0",
  });
  assertFailures({
    "9 ** 9 ** 9": ["TooLarge", tooLarge],
    "2 ** (10 ** 4000)": ["TooLarge", tooLarge],
    "(-3) ** 10 ** 30": ["TooLarge", tooLarge],
    "10 ** 4300": ["TooLarge", tooLarge],
    "10 ** 4299 * 10": ["TooLarge", tooLarge],
    "10 ** 4299 * 9 + 10 ** 4299": ["TooLarge", tooLarge],
    "-(10 ** 4299 * 9) - 10 ** 4299": ["TooLarge", tooLarge],
  });
});

Deno.test("arithmetic: modular powers are those of integers", () => {
  assertValues({
    "pow(2, 3, 5)": "3",
    "pow(2, -1, 5)": "3",
    "pow(3, -3, 7)": "6",
    "pow(2, 3, -5)": "-2",
    "pow(-2, 3, 5)": "2",
    "pow(5, 0, 1)": "0",
    "pow(0, 0, 7)": "1",
  });
  assertFailures({
    "pow(2, 3, 0)": ["DomainError", "the modulus of pow must not be 0"],
    "pow(2, -1, 4)": [
      "DomainError",
      "the base has no inverse: it and the modulus have a common divisor",
    ],
    "pow(2.0, 1, 5)": [
      "DomainError",
      "pow with a modulus takes integers only",
    ],
  });
  const small = fc.integer({ min: -50, max: 50 });
  const exponents = fc.integer({ min: 0, max: 40 });
  const moduli = small.filter((modulus) => modulus !== 0);
  fc.assert(fc.property(small, exponents, moduli, (base, exponent, modulus) => {
    assertEquals(
      evaluate(`pow(${base}, ${exponent}, ${modulus})`).value,
      evaluate(`(${base}) ** ${exponent} % (${modulus})`).value,
    );
  }));
});

Deno.test("functions: max and min return an argument itself, the first of equals", () => {
  assertValues({
    "max(2, 2.0)": "2",
    "max(2.0, 2)": "2.0",
    "min(2.0, 2)": "2.0",
    "min(3, 1, 2)": "1",
    "max(nan, 1)": "nan",
    "max(1, nan)": "1",
    // One more than the double next to it: compared exactly.
    "max(9007199254740992.0, 9007199254740993)": "9007199254740993",
    "max(1e308, 10 ** 400)": formatValue(10n ** 400n),
  });
});

Deno.test("functions: roots and logarithms reach beyond the doubles", () => {
  assertValues({
    "sqrt(16)": "4.0",
    "sqrt(-0.0)": "-0.0",
    "sqrt(10 ** 400)": "1e+200",
    "sqrt(4 ** 600 * 9)": formatValue(3 * 2 ** 600),
    "log(e)": "1.0",
    "log(8, 2)": "3.0",
    "log(10 ** 400)": "921.0340371976182",
    "log(10 ** 400, 10)": "399.99999999999994",
    "log(inf)": "inf",
  });
  const domain = (message: string): [ExpressionErrorName, string] => [
    "DomainError",
    message,
  ];
  const positive = domain("only positive numbers have a logarithm");
  assertFailures({
    "sqrt(-1)": domain(
      "the square root of a negative number is not a real number",
    ),
    "log(0)": positive,
    "log(-10 ** 400)": positive,
    "log(2, 0)": domain("the base of a logarithm must be positive"),
    "log(2, 1)": [
      "DivisionByZero",
      "a logarithm to base 1 is a division by zero",
    ],
    "sqrt(10 ** 4000)": [
      "OutOfRange",
      "the square root is too large for a double (at most 1.8e+308)",
    ],
  });
});

Deno.test("functions: the root of a huge integer is the nearest double", () => {
  const huge = fc.bigInt({ min: 2n ** 1024n, max: 2n ** 2040n });
  fc.assert(fc.property(huge, (integer) => {
    const root = evaluate(`sqrt(${integer})`).value;
    assert(typeof root === "number");
    // Half way to either neighbour lies on the other side of the true root.
    const [below = 0, above = 0] = neighbours(root);
    const twice = (other: number) => over2To1074(root) + over2To1074(other);
    const scaled = integer << 2150n;
    assert(twice(below) ** 2n <= scaled && twice(above) ** 2n >= scaled);
  }));
});

Deno.test("functions: angles are finite numbers that fit a double", () => {
  assertValues({
    "sin(0)": "0.0",
    "cos(0)": "1.0",
    "tan(0.0)": "0.0",
    "sin(nan)": "nan",
  });
  assertFailures({
    "sin(inf)": ["DomainError", "sin, cos and tan take finite angles"],
    "cos(-inf)": ["DomainError", "sin, cos and tan take finite angles"],
    "tan(1e308 * 10)": ["DomainError", "sin, cos and tan take finite angles"],
    "sin(10 ** 400)": [
      "OutOfRange",
      "the integer is too large for a double (at most 1.8e+308)",
    ],
    "10 ** 400 + 0.5": [
      "OutOfRange",
      "the integer is too large for a double (at most 1.8e+308)",
    ],
  });
});
