import type { NamedFunction } from "./functions.ts";
import type { BinaryOperator, UnaryOperator } from "./operators.ts";
import type { Value } from "./value.ts";

/** An expression as a tree. A chain `a + b + c` nests to the left. */
export type Expression = Literal | Constant | Unary | Binary | Call;

/** A number, including a sign written directly before its digits. */
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
  /** The value of the constant. */
  readonly value: Value;
}

/** A sign and its operand. */
export interface Unary {
  /** Marks a sign and its operand. */
  readonly kind: "unary";
  /** The sign. */
  readonly operator: UnaryOperator;
  /** The operand of the sign. */
  readonly operand: Expression;
}

/** An operator between two operands. */
export interface Binary {
  /** Marks an operation. */
  readonly kind: "binary";
  /** The operator. */
  readonly operator: BinaryOperator;
  /** The left operand, evaluated first. */
  readonly left: Expression;
  /** The right operand, evaluated second. */
  readonly right: Expression;
}

/** A function and its arguments. */
export interface Call {
  /** Marks a call. */
  readonly kind: "call";
  /** The name as it was spelled. */
  readonly name: string;
  /** The function that the name refers to. */
  readonly function: NamedFunction;
  /** The arguments. Their number matches the arity. */
  readonly arguments: readonly Expression[];
}

/** Whether an expression is just a number or a constant, with nothing to compute. */
export function isNumber(expression: Expression): boolean {
  return expression.kind === "literal" || expression.kind === "constant";
}
