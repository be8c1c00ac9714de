/**
 * Estimates the cost of operations on huge integers before they are done. The
 * unit is one multiplication of 64 by 64 bits, about a nanosecond. Operations
 * that cost no more than reading their operands are not counted.
 *
 * @module
 */

import { bitLength, MAX_INTEGER_BITS } from "./integers.ts";
import type { Value } from "./value.ts";

/** The default limit for one expression: about a tenth of a second. */
export const DEFAULT_MAX_WORK = 1e8;

const WORD_BITS = 64;

/** The work of finding the size of an operand, per word. */
const SIZING = 16;

/** The work of a multiplication, division or remainder. */
export function workOfProduct(left: Value, right: Value): number {
  const [long, short] = [words(left), words(right)];
  return long * short + SIZING * (long + short);
}

/** The work of a power: that of its last squaring, which dominates. */
export function workOfPower(base: Value, exponent: Value): number {
  const areIntegers = typeof base === "bigint" &&
    typeof exponent === "bigint" && exponent >= 0n;
  if (!areIntegers) return 1;
  // A result with too many digits is rejected before any work is done.
  const bits = Math.min(bitLength(base) * Number(exponent), MAX_INTEGER_BITS);
  return (bits / WORD_BITS) ** 2;
}

/** The work of `pow`: a power or, with a modulus, a modular power. */
export function workOfRaise(
  base: Value,
  exponent: Value,
  modulus?: Value,
): number {
  if (modulus === undefined) return workOfPower(base, exponent);
  if (typeof exponent === "number") return 1;
  // Each bit of the exponent takes a multiplication and a division, and half of
  // them take another pair. A negative exponent first takes the modular inverse,
  // whose steps are proportional to the bits of the modulus.
  const size = words(modulus);
  const powers = 3 * bitLength(exponent) * size ** 2;
  return exponent < 0n ? powers + 10 * WORD_BITS * size ** 2 : powers;
}

const ONE_WORD = 1n << BigInt(WORD_BITS);

/** The number of 64-bit words in a value. */
function words(value: Value): number {
  return typeof value === "number" || (value < ONE_WORD && value > -ONE_WORD)
    ? 1
    : bitLength(value) / WORD_BITS;
}
