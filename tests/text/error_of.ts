import { evaluate, ExpressionError } from "../../lib/expression/mod.ts";

/** The error that evaluating an expression ends with, if any. */
export function errorOf(expression: string): ExpressionError | undefined {
  try {
    evaluate(expression);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}
