/**
 * The operators. To add one, add a row here.
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
import type { Value } from "./value.ts";
import { workOfPower, workOfProduct } from "./work_limit.ts";

/** An operator between two operands. */
export interface BinaryOperator {
  /** The symbol in an expression. */
  readonly symbol: string;
  /** How tightly it binds its operands: the higher, the tighter. */
  readonly bindingPower: number;
  /** Whether `a ∘ b ∘ c` is `(a ∘ b) ∘ c` or `a ∘ (b ∘ c)`. */
  readonly associativity: "left" | "right";
  /** Computes the value. */
  readonly apply: (left: Value, right: Value) => Value;
  /** Estimates the work, if it may be large. */
  readonly work?: ((left: Value, right: Value) => number) | undefined;
}

/** A sign in front of its operand. */
export interface UnaryOperator {
  /** The symbol in an expression. */
  readonly symbol: string;
  /** Computes the value. */
  readonly apply: (operand: Value) => Value;
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

function bySymbol<Row extends { symbol: string }>(rows: Row[]) {
  return new Map(rows.map((row) => [row.symbol, Object.freeze(row)]));
}
