/**
 * The functions. To add one, add a row here and its implementation to
 * mathematics.ts.
 *
 * @module
 */

import {
  between,
  cosine,
  largest,
  logarithm,
  raise,
  sine,
  smallest,
  squareRoot,
  tangent,
} from "./mathematics.ts";
import type { Value } from "./value.ts";
import { workOfRaise } from "./work_limit.ts";

/** A function that expressions can call by name. */
export interface NamedFunction {
  /** The name. Names are case-insensitive. */
  readonly name: string;
  /** The minimum number of arguments, and the maximum, which may be `Infinity`. */
  readonly arity: readonly [min: number, max: number];
  /**
   * Whether two calls with the same arguments may have different values. Expressions
   * with such calls are not cached. The function gets a random number, at least 0
   * and less than 1, after its arguments.
   *
   * @default {false}
   */
  readonly random?: boolean | undefined;
  /**
   * Computes the value: an integer as a `bigint`, a double as a `number`. It may
   * throw an {@linkcode ExpressionError} if there is none. It is synchronous: while
   * it runs, a server answers no other requests.
   */
  readonly apply: (...values: Value[]) => Value;
  /**
   * Estimates the work before it is done, if it may be large: see `maxWork` in
   * {@linkcode EvaluateOptions}.
   */
  readonly work?: ((...values: Value[]) => number) | undefined;
}

const rows: readonly NamedFunction[] = [
  { name: "max", arity: [2, Infinity], apply: largest },
  { name: "min", arity: [2, Infinity], apply: smallest },
  { name: "sqrt", arity: [1, 1], apply: squareRoot },
  { name: "sin", arity: [1, 1], apply: sine },
  { name: "cos", arity: [1, 1], apply: cosine },
  { name: "tan", arity: [1, 1], apply: tangent },
  { name: "log", arity: [1, 2], apply: logarithm },
  { name: "pow", arity: [2, 3], apply: raise, work: workOfRaise },
  { name: "rand", arity: [2, 2], apply: between, random: true },
];

/** The functions by name in lower case. */
export const functions: ReadonlyMap<string, NamedFunction> = new Map(
  rows.map((row) => {
    Object.freeze(row.arity);
    return [row.name, Object.freeze(row)];
  }),
);
