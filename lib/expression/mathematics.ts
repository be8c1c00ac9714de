import { modularPower, power } from "./arithmetic.ts";
import { ExpressionError } from "./errors.ts";
import { bitLength, squareRootOfHuge } from "./integers.ts";
import { toDouble, type Value } from "./value.ts";

/** The largest argument, unchanged; the first of equals. */
export function largest(first: Value, ...others: Value[]): Value {
  // JavaScript compares a bigint with a number exactly.
  return others.reduce((best, value) => value > best ? value : best, first);
}

/** The smallest argument, unchanged; the first of equals. */
export function smallest(first: Value, ...others: Value[]): Value {
  return others.reduce((best, value) => value < best ? value : best, first);
}

/** The square root, even of integers beyond the range of doubles. */
export function squareRoot(value: Value): number {
  if (value < 0) {
    throw outsideDomain(
      "the square root of a negative number is not a real number",
    );
  }
  return isHuge(value) ? squareRootOfHuge(value) : Math.sqrt(Number(value));
}

/** The natural logarithm or, with a base, the logarithm to that base. */
export function logarithm(value: Value, base?: Value): number {
  if (value <= 0) throw outsideDomain("only positive numbers have a logarithm");
  if (base === undefined) return naturalLogarithm(value);
  if (base <= 0) {
    throw outsideDomain("the base of a logarithm must be positive");
  }
  const divisor = naturalLogarithm(base);
  if (divisor === 0) {
    throw new ExpressionError(
      "DivisionByZero",
      "a logarithm to base 1 is a division by zero",
    );
  }
  return naturalLogarithm(value) / divisor;
}

/** The sine of an angle in radians. */
export function sine(angle: Value): number {
  return Math.sin(finite(angle));
}

/** The cosine of an angle in radians. */
export function cosine(angle: Value): number {
  return Math.cos(finite(angle));
}

/** The tangent of an angle in radians. */
export function tangent(angle: Value): number {
  return Math.tan(finite(angle));
}

/** `base ** exponent` or, with a modulus, the modular power of three integers. */
export function raise(base: Value, exponent: Value, modulus?: Value): Value {
  return modulus === undefined
    ? power(base, exponent)
    : modularPower(base, exponent, modulus);
}

/** Interpolates between two values; `fraction` is from 0 to 1. */
export function between(from: Value, to: Value, fraction: Value): number {
  const start = toDouble(from);
  return start + (toDouble(to) - start) * toDouble(fraction);
}

function outsideDomain(message: string): ExpressionError {
  return new ExpressionError("DomainError", message);
}

function finite(angle: Value): number {
  const double = toDouble(angle);
  if (Math.abs(double) === Infinity) {
    throw outsideDomain("sin, cos and tan take finite angles");
  }
  return double;
}

/** Whether a value is an integer beyond the largest double. */
function isHuge(value: Value): value is bigint {
  return typeof value === "bigint" && Math.abs(Number(value)) === Infinity;
}

/** The natural logarithm of a positive number. */
function naturalLogarithm(value: Value): number {
  if (!isHuge(value)) return Math.log(Number(value));
  // value = mantissa * 2 ** bits, with a mantissa from 0.5 to 1.
  const bits = bitLength(value);
  const mantissa = Number(value >> BigInt(bits - 64)) / 2 ** 64;
  return Math.log(mantissa) + bits * Math.LN2;
}
