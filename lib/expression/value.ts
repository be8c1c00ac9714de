import { ExpressionError } from "./errors.ts";

/**
 * A number of the calculator: an exact integer as `bigint`, an IEEE 754 double
 * as `number`. `2` and `2.0` are different values that compare as equal.
 */
export type Value = bigint | number;

/** The longest integer that can be computed and printed, in decimal digits. */
export const MAX_INTEGER_DIGITS = 4300;

const TOO_LARGE_INTEGER = 10n ** BigInt(MAX_INTEGER_DIGITS);
const TOO_SMALL_INTEGER = -TOO_LARGE_INTEGER;

/** The error of an integer that has, or would have, too many digits. */
export function integerTooLarge(position?: number): ExpressionError {
  return new ExpressionError(
    "TooLarge",
    `an integer may have ${MAX_INTEGER_DIGITS} digits at most`,
    position,
  );
}

/** Returns an integer as it is, or throws if it has too many digits. */
export function checkInteger(integer: bigint): bigint {
  if (integer >= TOO_LARGE_INTEGER || integer <= TOO_SMALL_INTEGER) {
    throw integerTooLarge();
  }
  return integer;
}

/**
 * The double nearest to a value, ties to even (IEEE 754).
 *
 * @throws {ExpressionError} If an integer lies beyond the doubles.
 */
export function toDouble(value: Value): number {
  const double = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(double)) {
    throw new ExpressionError(
      "OutOfRange",
      "int too large to convert to float",
    );
  }
  return double;
}

/**
 * Writes a value as text that reads back as the same value: integers in
 * decimal; doubles with the fewest digits that identify them and always with
 * `.0`, an exponent, or as `inf`, `-inf`, `nan`.
 *
 * @param value The value to write.
 * @returns Its canonical text.
 *
 * @example Usage
 * ```ts
 * import { text } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(text(33n), "33");
 * assertEquals(text(33), "33.0");
 * assertEquals(text(1e-5), "1e-05");
 * assertEquals(text(2 ** 64), "1.8446744073709552e+19");
 * ```
 */
export function text(value: Value): string {
  if (typeof value === "bigint") return textOfInteger(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) {
    return Number.isInteger(value) ? `${value}.0` : `${value}`;
  }
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (Number.isNaN(value)) return "nan";
  if (size === Infinity) return value > 0 ? "inf" : "-inf";
  return value.toExponential().replace(/(?<=e[+-])\d$/, "0$&");
}

function textOfInteger(integer: bigint): string {
  const double = Number(integer);
  // The runtime remembers the texts of doubles, not those of integers.
  return Number.isSafeInteger(double) ? `${double}` : `${integer}`;
}
