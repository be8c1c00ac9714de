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
  /** The name in lower case. Names are case-insensitive. */
  readonly name: string;
  /** The minimum and maximum number of arguments. */
  readonly arity: readonly [min: number, max: number];
  /** Whether it takes a random number from 0 to 1 after its arguments. */
  readonly random?: boolean;
  /** Computes the value. */
  readonly apply: (...values: Value[]) => Value;
  /** Estimates the work, if it may be large. */
  readonly work?: (...values: Value[]) => number;
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
  rows.map((row) => [row.name, row]),
);
