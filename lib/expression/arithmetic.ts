import { ExpressionError } from "./errors.ts";
import {
  checkInteger,
  integerTooLarge,
  MAX_INTEGER_DIGITS,
  toDouble,
  type Value,
} from "./value.ts";

/** `left + right`: an integer if both are, else a double. */
export function add(left: Value, right: Value): Value {
  return typeof left === "bigint" && typeof right === "bigint"
    ? checkInteger(left + right)
    : toDouble(left) + toDouble(right);
}

/** `left - right`: an integer if both are, else a double. */
export function subtract(left: Value, right: Value): Value {
  return typeof left === "bigint" && typeof right === "bigint"
    ? checkInteger(left - right)
    : toDouble(left) - toDouble(right);
}

/** `left * right`: an integer if both are, else a double. */
export function multiply(left: Value, right: Value): Value {
  return typeof left === "bigint" && typeof right === "bigint"
    ? checkInteger(left * right)
    : toDouble(left) * toDouble(right);
}

/** `left / right`: always a double, correctly rounded even for huge integers. */
export function divide(left: Value, right: Value): number {
  if (typeof left === "bigint" && typeof right === "bigint") {
    return divideIntegers(left, right);
  }
  const divisor = toDouble(right);
  const dividend = toDouble(left);
  if (divisor === 0) throw divisionByZero("float division by zero");
  return dividend / divisor;
}

/** `left % right`: the remainder with the sign of the divisor. */
export function modulo(left: Value, right: Value): Value {
  if (typeof left === "bigint" && typeof right === "bigint") {
    if (right === 0n) throw divisionByZero("integer modulo by zero");
    return moduloIntegers(left, right);
  }
  const dividend = toDouble(left);
  const divisor = toDouble(right);
  if (divisor === 0) throw divisionByZero("float modulo");
  const remainder = dividend % divisor;
  if (remainder === 0) return divisor < 0 ? -0 : 0;
  return (remainder < 0) === (divisor < 0) ? remainder : remainder + divisor;
}

/** `base ** exponent`: an integer for an integer to a non-negative one, else a double. */
export function power(base: Value, exponent: Value): Value {
  return typeof base === "bigint" && typeof exponent === "bigint" &&
      exponent >= 0n
    ? powerOfIntegers(base, exponent)
    : powerOfDoubles(toDouble(base), toDouble(exponent));
}

/**
 * `base ** exponent` modulo `modulus`, on integers alone. A negative exponent
 * takes the inverse of the base: `pow(2, -1, 5)` is 3, as 2 × 3 leaves 1.
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
      "pow() 3rd argument not allowed unless all arguments are integers",
    );
  }
  if (modulus === 0n) {
    throw new ExpressionError("DomainError", "pow() 3rd argument cannot be 0");
  }
  const size = magnitude(modulus);
  let factor = moduloIntegers(base, size);
  if (exponent < 0n) factor = inverse(factor, size);
  let result = 1n % size;
  // Square and multiply, from the lowest bit of the exponent up.
  for (const bit of bitsFromLowest(magnitude(exponent))) {
    if (bit) result = result * factor % size;
    factor = factor * factor % size;
  }
  return moduloIntegers(result, modulus);
}

/** `-operand`, of the same kind. */
export function negate(operand: Value): Value {
  return -operand;
}

/** `+operand`: the operand itself. */
export function affirm(operand: Value): Value {
  return operand;
}

/** How many bits the magnitude of an integer takes; 0 takes none. */
export function bitLength(integer: bigint): number {
  const hexadecimal = magnitude(integer).toString(16);
  const leading = parseInt(hexadecimal.charAt(0), 16);
  return 4 * hexadecimal.length - Math.clz32(leading) + 28;
}

function divisionByZero(message: string): ExpressionError {
  return new ExpressionError("DivisionByZero", message);
}

function magnitude(integer: bigint): bigint {
  return integer < 0n ? -integer : integer;
}

function moduloIntegers(left: bigint, right: bigint): bigint {
  const remainder = left % right;
  return remainder !== 0n && (remainder < 0n) !== (right < 0n)
    ? remainder + right
    : remainder;
}

/** The exponent of the smallest double above 0 (IEEE 754: 2 ** -1074). */
const MIN_EXPONENT = -1074;

function divideIntegers(left: bigint, right: bigint): number {
  if (right === 0n) throw divisionByZero("division by zero");
  const dividend = Number(left);
  const divisor = Number(right);
  if (Number.isSafeInteger(dividend) && Number.isSafeInteger(divisor)) {
    return dividend / divisor;
  }
  // The quotient as an integer times 2 ** scale, with at least the 53 bits of
  // a double and two more to round by, unless the double has fewer itself.
  const scale = Math.max(
    bitLength(left) - bitLength(right) - 55,
    MIN_EXPONENT - 2,
  );
  const numerator = magnitude(left) << BigInt(Math.max(-scale, 0));
  const denominator = magnitude(right) << BigInt(Math.max(scale, 0));
  const quotient = numerator / denominator;
  const inexact = quotient * denominator !== numerator;
  const size = roundToDouble(quotient, inexact, scale);
  if (size === Infinity) {
    throw new ExpressionError(
      "OutOfRange",
      "integer division result too large for a float",
    );
  }
  return (left < 0n) === (right < 0n) ? size : -size;
}

/**
 * The double nearest to `integer` × 2 ** `scale`, ties to even; `inexact` says
 * that the true value lies between this integer and the next.
 */
function roundToDouble(
  integer: bigint,
  inexact: boolean,
  scale: number,
): number {
  const surplus = Math.max(bitLength(integer) - 53, MIN_EXPONENT - scale);
  // Bits to drop, of which the last stands for all that lies below it.
  const sticky = integer << 1n | (inexact ? 1n : 0n);
  const dropped = BigInt(surplus + 1);
  const half = 1n << (dropped - 1n);
  const rest = sticky & ((1n << dropped) - 1n);
  let kept = sticky >> dropped;
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return Number(kept) * 2 ** (scale + surplus);
}

/** The square root of an integer beyond the doubles, correctly rounded. */
export function squareRootOfHuge(integer: bigint): number {
  // An even number of bits goes, so that the root loses half of them.
  const half = (bitLength(integer) - 110) >> 1;
  const head = integer >> BigInt(2 * half);
  let root = BigInt(Math.floor(Math.sqrt(Number(head))));
  root = (root + head / root) >> 1n;
  while (root * root > head) root -= 1n;
  while ((root + 1n) * (root + 1n) <= head) root += 1n;
  const inexact = (root * root) << BigInt(2 * half) !== integer;
  const double = roundToDouble(root, inexact, half);
  if (double === Infinity) {
    throw new ExpressionError(
      "OutOfRange",
      "int too large to convert to float",
    );
  }
  return double;
}

const MAX_INTEGER_BITS = MAX_INTEGER_DIGITS * Math.log2(10);

function powerOfIntegers(base: bigint, exponent: bigint): bigint {
  // Weighed before it is computed, so that 9 ** 9 ** 9 fails at once.
  const leastBits = (bitLength(base) - 1) * Number(exponent);
  if (leastBits > MAX_INTEGER_BITS) throw integerTooLarge();
  return checkInteger(base ** exponent);
}

function powerOfDoubles(base: number, exponent: number): number {
  if (base === 0 && exponent < 0 && exponent !== -Infinity) {
    throw divisionByZero("0.0 cannot be raised to a negative power");
  }
  // As in C and in IEEE 754, and unlike in JavaScript.
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
    throw new ExpressionError("OutOfRange", "Numerical result out of range");
  }
  return result;
}

function* bitsFromLowest(integer: bigint): Generator<boolean> {
  const digits = integer.toString(2);
  for (let at = digits.length - 1; at >= 0; at--) {
    yield digits.charAt(at) === "1";
  }
}

/** The number whose product with `integer` leaves 1, by Euclid's algorithm. */
function inverse(integer: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, integer];
  let [factor, nextFactor] = [0n, 1n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  if (remainder !== 1n) {
    throw new ExpressionError(
      "DomainError",
      "base is not invertible for the given modulus",
    );
  }
  return moduloIntegers(factor, modulus);
}
