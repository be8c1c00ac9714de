import { MAX_FINITE_MAX_AGE, MAX_PAYLOAD_LENGTH } from "../protocol/mod.ts";

/** A question to the role. */
export interface Question {
  readonly expression: string;
  readonly steps: boolean;
  readonly cache: boolean;
  /** In seconds; `Infinity` for no limit. */
  readonly maxAge: number;
  /** Whether to send the request byte by byte. */
  readonly byByte: boolean;
}

/**
 * Reads a question from JSON.
 *
 * @throws {TypeError} If it is not valid. The message says why.
 * @throws {RangeError} If the expression does not fit into a request.
 */
export function readQuestion(json: unknown): Question {
  const given: Readonly<Record<string, unknown>> = typeof json === "object"
    ? { ...json }
    : {};
  const {
    expression,
    steps = true,
    cache = true,
    maxAge = null,
    byByte = false,
  } = given;
  if (typeof expression !== "string") {
    throw new TypeError('"expression" must be a string');
  }
  // The role answers nobody else while it parses.
  if (expression.length > MAX_PAYLOAD_LENGTH) {
    throw new RangeError(
      `"expression" has more than ${MAX_PAYLOAD_LENGTH} characters`,
    );
  }
  const isMaxAge = typeof maxAge === "number" && Number.isInteger(maxAge) &&
    maxAge >= 0 && maxAge <= MAX_FINITE_MAX_AGE;
  if (maxAge !== null && !isMaxAge) {
    throw new TypeError(
      `"maxAge" must be a whole number from 0 to ${MAX_FINITE_MAX_AGE}, or null for no limit`,
    );
  }
  return {
    expression,
    steps: steps === true,
    cache: cache === true,
    maxAge: isMaxAge ? maxAge : Infinity,
    byByte: byByte === true,
  };
}
