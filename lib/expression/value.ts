import { ExpressionError } from "./errors.ts";

/**
 * A number: an exact integer as `bigint` or an IEEE 754 double as `number`. `2`
 * and `2.0` are different values that compare as equal.
 */
export type Value = bigint | number;

/**
 * The double nearest to a value, ties to even (IEEE 754).
 *
 * @throws {ExpressionError} If an integer is beyond the range of doubles.
 */
export function toDouble(value: Value): number {
  const double = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(double)) {
    throw new ExpressionError(
      "OutOfRange",
      "the integer is too large for a double (at most 1.8e+308)",
    );
  }
  return double;
}
