import { ExpressionError } from "./errors.ts";
import {
  divideIntegers,
  modularPowerOfIntegers,
  moduloIntegers,
  powerOfIntegers,
} from "./integers.ts";
import { checkInteger } from "./integer_limit.ts";
import { toDouble, type Value } from "./value.ts";

/** `left + right`: an integer if both operands are integers, otherwise a double. */
export function add(left: Value, right: Value): Value {
  return typeof left === "bigint" && typeof right === "bigint"
    ? checkInteger(left + right)
    : toDouble(left) + toDouble(right);
}

/** `left - right`: an integer if both operands are integers, otherwise a double. */
export function subtract(left: Value, right: Value): Value {
  return typeof left === "bigint" && typeof right === "bigint"
    ? checkInteger(left - right)
    : toDouble(left) - toDouble(right);
}

/** `left * right`: an integer if both operands are integers, otherwise a double. */
export function multiply(left: Value, right: Value): Value {
  return typeof left === "bigint" && typeof right === "bigint"
    ? checkInteger(left * right)
    : toDouble(left) * toDouble(right);
}

/** `left / right`: always a double, correctly rounded even for huge integers. */
export function divide(left: Value, right: Value): number {
  if (typeof left === "bigint" && typeof right === "bigint") {
    if (right === 0n) throw divisionByZero("division by zero");
    return divideIntegers(left, right);
  }
  const divisor = toDouble(right);
  const dividend = toDouble(left);
  if (divisor === 0) throw divisionByZero("floating-point division by zero");
  return dividend / divisor;
}

/** `left % right`: the remainder with the sign of the divisor. */
export function modulo(left: Value, right: Value): Value {
  if (typeof left === "bigint" && typeof right === "bigint") {
    if (right === 0n) throw divisionByZero("remainder of a division by zero");
    return moduloIntegers(left, right);
  }
  const dividend = toDouble(left);
  const divisor = toDouble(right);
  if (divisor === 0) {
    throw divisionByZero("remainder of a floating-point division by zero");
  }
  const remainder = dividend % divisor;
  if (remainder === 0) return divisor < 0 ? -0 : 0;
  return (remainder < 0) === (divisor < 0) ? remainder : remainder + divisor;
}

/**
 * `base ** exponent`: an integer if both operands are integers and the exponent
 * is not negative, otherwise a double.
 */
export function power(base: Value, exponent: Value): Value {
  return typeof base === "bigint" && typeof exponent === "bigint" &&
      exponent >= 0n
    ? powerOfIntegers(base, exponent)
    : powerOfDoubles(toDouble(base), toDouble(exponent));
}

/**
 * `base ** exponent` modulo `modulus`, for integers only. A negative exponent
 * uses the modular inverse of the base: `pow(2, -1, 5)` is 3, as 2 × 3 ≡ 1.
 */
export function modularPower(
  base: Value,
  exponent: Value,
  modulus: Value,
): Value {
  if (
    typeof base !== "bigint" || typeof exponent !== "bigint" ||
    typeof modulus !== "bigint"
  ) {
    throw new ExpressionError(
      "DomainError",
      "pow with a modulus takes integers only",
    );
  }
  if (modulus === 0n) {
    throw new ExpressionError(
      "DomainError",
      "the modulus of pow must not be 0",
    );
  }
  return modularPowerOfIntegers(base, exponent, modulus);
}

/** `-operand`, with the same type. */
export function negate(operand: Value): Value {
  return -operand;
}

/** `+operand`: the operand itself. */
export function affirm(operand: Value): Value {
  return operand;
}

function divisionByZero(message: string): ExpressionError {
  return new ExpressionError("DivisionByZero", message);
}

function powerOfDoubles(base: number, exponent: number): number {
  if (base === 0 && exponent < 0 && exponent !== -Infinity) {
    throw divisionByZero("0 to a negative power is a division by zero");
  }
  // As in C and IEEE 754, but not in JavaScript.
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  if (
    base < 0 && Number.isFinite(base) && Number.isFinite(exponent) &&
    !Number.isInteger(exponent)
  ) {
    throw new ExpressionError(
      "DomainError",
      "a negative number to a fractional power is not a real number",
    );
  }
  const result = base ** exponent;
  if (
    Math.abs(result) === Infinity && Number.isFinite(base) &&
    Number.isFinite(exponent)
  ) {
    throw new ExpressionError(
      "OutOfRange",
      "the power is too large for a double (at most 1.8e+308)",
    );
  }
  return result;
}
