/**
 * Exact arithmetic on integers of any size, where `bigint` has no such operation
 * or one that would take too long.
 *
 * @module
 */

import { ExpressionError } from "./errors.ts";
import {
  checkInteger,
  integerTooLarge,
  MAX_INTEGER_DIGITS,
} from "./integer_limit.ts";

/** The maximum length of an integer, in bits. */
export const MAX_INTEGER_BITS: number = MAX_INTEGER_DIGITS * Math.log2(10);

/** The number of bits in the magnitude of an integer; 0 for 0. */
export function bitLength(integer: bigint): number {
  const hexadecimal = magnitude(integer).toString(16);
  const leading = parseInt(hexadecimal.charAt(0), 16);
  return 4 * hexadecimal.length - Math.clz32(leading) + 28;
}

/** `left % right` with the sign of `right`, which is not 0. */
export function moduloIntegers(left: bigint, right: bigint): bigint {
  const remainder = left % right;
  return remainder !== 0n && (remainder < 0n) !== (right < 0n)
    ? remainder + right
    : remainder;
}

/** The exponent of the smallest double above 0 (IEEE 754: 2 ** -1074). */
const MIN_EXPONENT = -1074;

/** `left / right`, correctly rounded; `right` is not 0. */
export function divideIntegers(left: bigint, right: bigint): number {
  const dividend = Number(left);
  const divisor = Number(right);
  if (Number.isSafeInteger(dividend) && Number.isSafeInteger(divisor)) {
    return dividend / divisor;
  }
  // The quotient as an integer times 2 ** scale, with at least the 53 bits of a
  // double and two more for rounding, or fewer if the double is subnormal.
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
      "the quotient is too large for a double (at most 1.8e+308)",
    );
  }
  return (left < 0n) === (right < 0n) ? size : -size;
}

/**
 * The double nearest to `integer` × 2 ** `scale`, ties to even; `inexact` means
 * that the true value lies between this integer and the next.
 */
function roundToDouble(
  integer: bigint,
  inexact: boolean,
  scale: number,
): number {
  const surplus = Math.max(bitLength(integer) - 53, MIN_EXPONENT - scale);
  // The lowest bit is sticky: it stands for all lower bits of the true value.
  const sticky = integer << 1n | (inexact ? 1n : 0n);
  const dropped = BigInt(surplus + 1);
  const half = 1n << (dropped - 1n);
  const rest = sticky & ((1n << dropped) - 1n);
  let kept = sticky >> dropped;
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return Number(kept) * 2 ** (scale + surplus);
}

/** The square root of an integer beyond the range of doubles, correctly rounded. */
export function squareRootOfHuge(integer: bigint): number {
  // Drop an even number of bits, so that the root loses exactly half as many.
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
      "the square root is too large for a double (at most 1.8e+308)",
    );
  }
  return double;
}

/** `base ** exponent` for an exponent that is not negative. */
export function powerOfIntegers(base: bigint, exponent: bigint): bigint {
  // Checked before it is computed, so that 9 ** 9 ** 9 fails immediately.
  const leastBits = (bitLength(base) - 1) * Number(exponent);
  if (leastBits > MAX_INTEGER_BITS) throw integerTooLarge();
  return checkInteger(base ** exponent);
}

/** `base ** exponent` modulo `modulus`, by square-and-multiply. */
export function modularPowerOfIntegers(
  base: bigint,
  exponent: bigint,
  modulus: bigint,
): bigint {
  const size = magnitude(modulus);
  let factor = moduloIntegers(base, size);
  if (exponent < 0n) factor = inverse(factor, size);
  let result = 1n % size;
  for (const bit of bitsFromLowest(magnitude(exponent))) {
    if (bit) result = result * factor % size;
    factor = factor * factor % size;
  }
  return moduloIntegers(result, modulus);
}

function* bitsFromLowest(integer: bigint): Generator<boolean> {
  const digits = integer.toString(2);
  for (let at = digits.length - 1; at >= 0; at--) {
    yield digits.charAt(at) === "1";
  }
}

/** The modular inverse of `integer`, by the extended Euclidean algorithm. */
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
      "the base has no inverse: it and the modulus have a common divisor",
    );
  }
  return moduloIntegers(factor, modulus);
}

function magnitude(integer: bigint): bigint {
  return integer < 0n ? -integer : integer;
}
