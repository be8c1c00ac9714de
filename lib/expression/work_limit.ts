/**
 * What operations on huge integers cost, estimated before they are done. The
 * unit is one multiplication of 64 by 64 bits, about a nanosecond. Operations
 * whose cost is no more than that of reading their operands are not counted.
 *
 * @module
 */

import { bitLength, MAX_INTEGER_BITS } from "./integers.ts";
import type { Value } from "./value.ts";

/** What one expression may cost unless told otherwise: about a tenth of a second. */
export const DEFAULT_MAX_WORK = 1e8;

const WORD_BITS = 64;

/** The work for each word of an operand, beside what is done with it: to find its size. */
const SIZING = 16;

/** The work of a multiplication, a division or a remainder. */
export function workOfProduct(left: Value, right: Value): number {
  const [long, short] = [words(left), words(right)];
  return long * short + SIZING * (long + short);
}

/** The work of a power: that of its last squaring, beside which the others are small. */
export function workOfPower(base: Value, exponent: Value): number {
  const isOfIntegers = typeof base === "bigint" &&
    typeof exponent === "bigint" && exponent >= 0n;
  if (!isOfIntegers) return 1;
  // One with more digits than the most is refused anyway, before any work.
  const bits = Math.min(bitLength(base) * Number(exponent), MAX_INTEGER_BITS);
  return (bits / WORD_BITS) ** 2;
}

/** The work of a power or, with a modulus, of a modular power. */
export function workOfRaise(
  base: Value,
  exponent: Value,
  modulus?: Value,
): number {
  if (modulus === undefined) return workOfPower(base, exponent);
  if (typeof exponent === "number") return 1;
  // For each bit of the exponent a multiplication and a division, and for half
  // of them the same again. A negative one takes the inverse of the base first,
  // which goes over the modulus for each bit of it.
  const size = words(modulus);
  const powers = 3 * bitLength(exponent) * size ** 2;
  return exponent < 0n ? powers + 10 * WORD_BITS * size ** 2 : powers;
}

const ONE_WORD = 1n << BigInt(WORD_BITS);

/** How many words of 64 bits a value takes. */
function words(value: Value): number {
  return typeof value === "number" || (value < ONE_WORD && value > -ONE_WORD)
    ? 1
    : bitLength(value) / WORD_BITS;
}
