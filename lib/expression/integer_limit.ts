import { ExpressionError } from "./errors.ts";

/** The maximum length of an integer, in decimal digits. */
export const MAX_INTEGER_DIGITS = 4300;

const TOO_LARGE_INTEGER = 10n ** BigInt(MAX_INTEGER_DIGITS);
const TOO_SMALL_INTEGER = -TOO_LARGE_INTEGER;

/** The error for an integer that has, or would have, too many digits. */
export function integerTooLarge(position?: number): ExpressionError {
  return new ExpressionError(
    "TooLarge",
    `an integer may have at most ${MAX_INTEGER_DIGITS} digits`,
    position,
  );
}

/** Whether an integer has too many digits. */
export function isTooLarge(integer: bigint): boolean {
  return integer >= TOO_LARGE_INTEGER || integer <= TOO_SMALL_INTEGER;
}

/** Returns an integer unchanged, or throws if it has too many digits. */
export function checkInteger(integer: bigint): bigint {
  if (isTooLarge(integer)) throw integerTooLarge();
  return integer;
}
