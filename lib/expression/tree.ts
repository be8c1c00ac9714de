import type { NamedFunction } from "./functions.ts";
import type { BinaryOperator, UnaryOperator } from "./operators.ts";
import type { Value } from "./value.ts";

/** An expression as a tree. A chain `a + b + c` leans to the left. */
export type Expression = Literal | Constant | Unary | Binary | Call;

/** A number; with its sign, if it was written directly before the digits. */
export interface Literal {
  /** Marks a number. */
  readonly kind: "literal";
  /** The number. */
  readonly value: Value;
}

/** A named constant. */
export interface Constant {
  /** Marks a named constant. */
  readonly kind: "constant";
  /** The name as it was spelled. */
  readonly name: string;
  /** What it stands for. */
  readonly value: number;
}

/** A sign and its operand. */
export interface Unary {
  /** Marks a sign and its operand. */
  readonly kind: "unary";
  /** The sign. */
  readonly operator: UnaryOperator;
  /** What it stands before. */
  readonly operand: Expression;
}

/** An operator between two operands. */
export interface Binary {
  /** Marks an operation. */
  readonly kind: "binary";
  /** What to do with the operands. */
  readonly operator: BinaryOperator;
  /** The first operand, computed first. */
  readonly left: Expression;
  /** The second operand, computed second. */
  readonly right: Expression;
}

/** A function and its arguments. */
export interface Call {
  /** Marks a call. */
  readonly kind: "call";
  /** The name as it was spelled. */
  readonly name: string;
  /** What the name means. */
  readonly function: NamedFunction;
  /** As many as the function takes. */
  readonly arguments: readonly Expression[];
}

/** Whether an expression is a number as it stands: there is nothing to compute. */
export function isNumber(expression: Expression): boolean {
  return expression.kind === "literal" || expression.kind === "constant";
}
