import type { BinaryOperator, NamedFunction, UnaryOperator } from "./table.ts";
import type { Value } from "./value.ts";

/** An expression as a tree. A chain `a + b + c` leans to the left. */
export type Expression = Literal | Constant | Unary | Binary | Call;

/** A number; with its sign, if it was written directly before the digits. */
export interface Literal {
  readonly kind: "literal";
  readonly value: Value;
}

/** A named constant. */
export interface Constant {
  readonly kind: "constant";
  /** The name as it was spelled. */
  readonly name: string;
  readonly value: number;
}

/** A sign and its operand. */
export interface Unary {
  readonly kind: "unary";
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}

/** An operator between two operands. */
export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** A function and its arguments, as many as it takes. */
export interface Call {
  readonly kind: "call";
  /** The name as it was spelled. */
  readonly name: string;
  readonly function: NamedFunction;
  readonly arguments: readonly Expression[];
}

/**
 * Whether evaluating an expression twice may give two results: whether it calls
 * `rand`.
 *
 * @param expression The tree to look through.
 * @returns `true` if a random function is called anywhere in it.
 *
 * @example Usage
 * ```ts
 * import { isRandom, parse } from "@calculator/tcp";
 * import { assert } from "@std/assert";
 *
 * assert(isRandom(parse("2 * rand(0, 1)")));
 * assert(!isRandom(parse("2 * max(0, 1)")));
 * ```
 */
export function isRandom(expression: Expression): boolean {
  const unseen = [expression];
  for (let node = unseen.pop(); node !== undefined; node = unseen.pop()) {
    switch (node.kind) {
      case "unary":
        unseen.push(node.operand);
        break;
      case "binary":
        unseen.push(node.left, node.right);
        break;
      case "call":
        if (node.function.random) return true;
        for (const argument of node.arguments) unseen.push(argument);
        break;
    }
  }
  return false;
}
