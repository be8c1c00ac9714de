/**
 * Checks the functions and constants that are added to a vocabulary. They may come
 * from JavaScript, so their types cannot be relied on.
 *
 * @module
 */

import type { NamedConstant } from "./constants.ts";
import type { NamedFunction } from "./functions.ts";
import {
  checkInteger,
  isTooLarge,
  MAX_INTEGER_DIGITS,
} from "./integer_limit.ts";
import { isName } from "./tokens.ts";
import type { Value } from "./value.ts";

/** Returns a name in lower case. */
export function checkName(kind: string, name: unknown): string {
  if (typeof name === "string" && isName(name)) return name.toLowerCase();
  throw new TypeError(
    `Cannot add a ${kind}: its name must consist of letters from a to z, digits and underscores, and not begin with a digit: received ${
      describe(name)
    }`,
  );
}

/** Returns a frozen copy that also checks each result. */
export function checkFunction(
  name: string,
  { arity, random = false, apply, work }: NamedFunction,
): NamedFunction {
  const problem = `Cannot add the function ${name}`;
  if (!isArity(arity)) {
    throw new RangeError(
      `${problem}: its arity must be [min, max], two whole numbers or a max of Infinity: received ${
        describe(arity)
      }`,
    );
  }
  for (const [part, given] of Object.entries({ apply, work })) {
    if (typeof given === "function" || part === "work" && given === undefined) {
      continue;
    }
    throw new TypeError(
      `${problem}: ${part} must be a function: received ${describe(given)}`,
    );
  }
  return Object.freeze({
    name,
    arity: Object.freeze([...arity] as const),
    random,
    apply: (...values: Value[]) => checkResult(name, apply(...values)),
    ...(work && {
      work: (...values: Value[]) => checkWork(name, work(...values)),
    }),
  });
}

function isArity(arity: unknown): boolean {
  if (!Array.isArray(arity) || arity.length !== 2) return false;
  const [min, max] = arity;
  return Number.isInteger(min) && min >= 0 && max >= min &&
    (Number.isInteger(max) || max === Infinity);
}

/** Returns a frozen copy. */
export function checkConstant(
  name: string,
  { value }: NamedConstant,
): NamedConstant {
  const problem = `Cannot add the constant ${name}`;
  if (!isValue(value)) {
    throw new TypeError(
      `${problem}: its value must be a number or a bigint: received ${
        describe(value)
      }`,
    );
  }
  if (typeof value === "bigint" && isTooLarge(value)) {
    throw new RangeError(
      `${problem}: an integer may have at most ${MAX_INTEGER_DIGITS} digits`,
    );
  }
  return Object.freeze({ name, value });
}

function checkResult(name: string, result: unknown): Value {
  if (!isValue(result)) {
    // Unhandled, the rejection of an asynchronous function would end the process.
    if (result instanceof Promise) result.catch(() => {});
    throw new TypeError(
      `The function ${name} must return a number or a bigint: returned ${
        describe(result)
      }`,
    );
  }
  return typeof result === "bigint" ? checkInteger(result) : result;
}

function checkWork(name: string, work: unknown): number {
  if (typeof work === "number" && work >= 0) return work;
  throw new TypeError(
    `The work of the function ${name} must be a number from 0: returned ${
      describe(work)
    }`,
  );
}

function isValue(value: unknown): value is Value {
  return typeof value === "number" || typeof value === "bigint";
}

/** Describes a wrong value. */
function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "function":
      return "a function";
    case "object":
      if (Array.isArray(value)) return `[${value.join(", ")}]`;
      return value === null ? "null" : value.constructor?.name ?? "object";
    default:
      return String(value);
  }
}
