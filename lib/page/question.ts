import { MAX_FINITE_MAX_AGE } from "../protocol/mod.ts";

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
