import { type BinaryOperator, SIGN_BINDING_POWER } from "./operators.ts";
import type { Binary, Expression } from "./tree.ts";
import { formatValue } from "./number_text.ts";
import type { Value } from "./value.ts";

/**
 * Formats an expression in its canonical form: one space around every binary
 * operator, parentheses around every operand that is itself a binary expression
 * and around every operand of a sign, numbers as {@linkcode formatValue} formats
 * them, names as they were spelled. Steps show this form, clients send it, and so
 * it determines the cache key.
 *
 * @param expression The tree to format.
 * @returns The canonical text, which parses to the same expression.
 *
 * @example Usage
 * ```ts
 * import { format, parse } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   format(parse("2**3**2 - .5*-PI")),
 *   "(2 ** (3 ** 2)) - (0.5 * -(PI))",
 * );
 * ```
 */
export function format(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return formatValue(expression.value);
    case "constant":
      return expression.name;
    case "unary":
      return `${expression.operator.symbol}(${format(expression.operand)})`;
    case "call":
      return `${expression.name}(${formatArguments(expression.arguments)})`;
    case "binary":
      return formatBinary(expression);
  }
}

function formatArguments(given: readonly Expression[]): string {
  const [first, ...others] = given;
  return first && others.length === 0
    ? format(first)
    : given.map(formatOperand).join(", ");
}

function formatBinary(outermost: Binary): string {
  // A chain nests to the left as deep as it is long: loop instead of recursing.
  let innermost = outermost;
  let before = "";
  let after = formatRight(outermost);
  while (innermost.left.kind === "binary") {
    innermost = innermost.left;
    before += "(";
    after = `${formatRight(innermost)})${after}`;
  }
  const left = format(innermost.left);
  return before + (isLeftParenthesized(innermost) ? `(${left})` : left) + after;
}

/** Formats a part of an expression: parenthesized if it is binary. */
function formatOperand(operand: Expression): string {
  const written = format(operand);
  return operand.kind === "binary" ? `(${written})` : written;
}

/** Whether the left operand of an operation is parenthesized. */
export function isLeftParenthesized({ left, operator }: Binary): boolean {
  if (left.kind === "binary") return true;
  if (!bindsTighterThanSigns(operator)) return false;
  return left.kind === "unary" ||
    (left.kind === "literal" && hasSign(formatValue(left.value)));
}

/** Formats a value as the left operand of an operator. */
export function formatLeft(left: Value, operator: BinaryOperator): string {
  const written = formatValue(left);
  return bindsTighterThanSigns(operator) && hasSign(written)
    ? `(${written})`
    : written;
}

/** Whether a signed left operand needs parentheses: `-4 ** 8` is `-(4 ** 8)`. */
function bindsTighterThanSigns({ bindingPower }: BinaryOperator): boolean {
  return bindingPower > SIGN_BINDING_POWER;
}

function hasSign(written: string): boolean {
  return written.startsWith("-");
}

/** Formats the operator and its right operand. */
function formatRight({ operator, right }: Binary): string {
  return ` ${operator.symbol} ${formatOperand(right)}`;
}
