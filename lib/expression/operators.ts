/**
 * Everything the calculator knows by symbol or by name. To add an operator, a
 * function or a constant, add a line here.
 *
 * @module
 */

import {
  add,
  affirm,
  divide,
  modulo,
  multiply,
  negate,
  power,
  subtract,
} from "./arithmetic.ts";
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
import { workOfPower, workOfProduct, workOfRaise } from "./work_limit.ts";

/** An operator between two operands. */
export interface BinaryOperator {
  /** How it is written. */
  readonly symbol: string;
  /** How tightly it binds its operands: the higher, the tighter. */
  readonly bindingPower: number;
  /** Whether `a ∘ b ∘ c` is `(a ∘ b) ∘ c` or `a ∘ (b ∘ c)`. */
  readonly associativity: "left" | "right";
  /** Computes it. */
  readonly apply: (left: Value, right: Value) => Value;
  /** Estimates its work, where it may be much. */
  readonly work?: (left: Value, right: Value) => number;
}

/** A sign before its operand. */
export interface UnaryOperator {
  /** How it is written. */
  readonly symbol: string;
  /** Computes it. */
  readonly apply: (operand: Value) => Value;
}

/** A function, called by name. */
export interface NamedFunction {
  /** Its name in lower case; any case calls it. */
  readonly name: string;
  /** The least and the greatest number of arguments. */
  readonly arity: readonly [least: number, most: number];
  /** Whether it takes a random number from 0 to 1 after its arguments. */
  readonly random?: boolean;
  /** Computes it. */
  readonly apply: (...values: Value[]) => Value;
  /** Estimates its work, where it may be much. */
  readonly work?: (...values: Value[]) => number;
}

/** A constant, used by name. */
export interface NamedValue {
  /** Its name in lower case; any case means it. */
  readonly name: string;
  /** What it stands for. */
  readonly value: number;
}

/** The binary operators by symbol. */
export const binaryOperators: ReadonlyMap<string, BinaryOperator> = bySymbol([
  { symbol: "+", bindingPower: 1, associativity: "left", apply: add },
  { symbol: "-", bindingPower: 1, associativity: "left", apply: subtract },
  {
    symbol: "*",
    bindingPower: 2,
    associativity: "left",
    apply: multiply,
    work: workOfProduct,
  },
  {
    symbol: "/",
    bindingPower: 2,
    associativity: "left",
    apply: divide,
    work: workOfProduct,
  },
  {
    symbol: "%",
    bindingPower: 2,
    associativity: "left",
    apply: modulo,
    work: workOfProduct,
  },
  {
    symbol: "**",
    bindingPower: 4,
    associativity: "right",
    apply: power,
    work: workOfPower,
  },
]);

/** The signs by symbol. */
export const unaryOperators: ReadonlyMap<string, UnaryOperator> = bySymbol([
  { symbol: "-", apply: negate },
  { symbol: "+", apply: affirm },
]);

/** Signs bind looser than powers and tighter than products: `-2 ** 2` is −4. */
export const SIGN_BINDING_POWER = 3;

/** The functions by name in lower case. */
export const functions: ReadonlyMap<string, NamedFunction> = byName([
  { name: "max", arity: [2, Infinity], apply: largest },
  { name: "min", arity: [2, Infinity], apply: smallest },
  { name: "sqrt", arity: [1, 1], apply: squareRoot },
  { name: "sin", arity: [1, 1], apply: sine },
  { name: "cos", arity: [1, 1], apply: cosine },
  { name: "tan", arity: [1, 1], apply: tangent },
  { name: "log", arity: [1, 2], apply: logarithm },
  { name: "pow", arity: [2, 3], apply: raise, work: workOfRaise },
  { name: "rand", arity: [2, 2], apply: between, random: true },
]);

/** The constants by name in lower case. */
export const constants: ReadonlyMap<string, NamedValue> = byName([
  { name: "pi", value: Math.PI },
  { name: "tau", value: 2 * Math.PI },
  { name: "e", value: Math.E },
  { name: "inf", value: Infinity },
  { name: "nan", value: NaN },
]);

function bySymbol<Row extends { symbol: string }>(rows: Row[]) {
  return new Map(rows.map((row) => [row.symbol, row]));
}

function byName<Row extends { name: string }>(rows: Row[]) {
  return new Map(rows.map((row) => [row.name, row]));
}
