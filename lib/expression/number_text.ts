import { integerTooLarge, MAX_INTEGER_DIGITS } from "./integer_limit.ts";
import type { Value } from "./value.ts";

/**
 * Formats a value as text that parses to the same value: integers in decimal;
 * doubles with the fewest digits that identify them, and always with `.0`, an
 * exponent, or as `inf`, `-inf`, `nan` (docs/protocol.md, numbers-5).
 *
 * @param value The value to format.
 * @returns The canonical text.
 *
 * @example Usage
 * ```ts
 * import { formatValue } from "@calculator/tcp/expression";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatValue(33n), "33");
 * assertEquals(formatValue(33), "33.0");
 * assertEquals(formatValue(1e-5), "1e-05");
 * assertEquals(formatValue(2 ** 64), "1.8446744073709552e+19");
 * ```
 */
export function formatValue(value: Value): string {
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
  // V8 caches the text of doubles, but not of bigints.
  return Number.isSafeInteger(double) ? `${double}` : `${integer}`;
}

/**
 * Parses a number, as {@linkcode formatValue} formats it or in any other notation
 * without white space. Digits alone are an integer.
 *
 * @param text The text of a number, with or without a sign.
 * @returns The value, or `undefined` if the text is not a number.
 * @throws {ExpressionError} If it is an integer of more than 4300 digits.
 *
 * @example Usage
 * ```ts
 * import { parseValue } from "@calculator/tcp/expression";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseValue("33"), 33n);
 * assertEquals(parseValue("33.0"), 33);
 * assertEquals(parseValue("-inf"), -Infinity);
 * assertEquals(parseValue("1 + 2"), undefined);
 * ```
 */
export function parseValue(text: string): Value | undefined {
  if (/^[+-]?\d+$/.test(text)) return parseInteger(text);
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    return Number(text);
  }
  return NAMED.get(text);
}

/** The doubles that are not written in digits. */
const NAMED = new Map([
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["nan", NaN],
]);

function parseInteger(text: string): bigint {
  const isLong = text.length > MAX_INTEGER_DIGITS;
  if (isLong && text.replace(/^[+-]?0*/, "").length > MAX_INTEGER_DIGITS) {
    throw integerTooLarge();
  }
  // BigInt() takes no plus sign.
  return BigInt(text.replace("+", ""));
}
