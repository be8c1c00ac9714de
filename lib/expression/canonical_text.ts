import { type BinaryOperator, SIGN_BINDING_POWER } from "./operators.ts";
import type { Binary, Expression } from "./tree.ts";
import { formatValue } from "./number_text.ts";
import type { Value } from "./value.ts";

/**
 * Writes an expression in its canonical form: one space around every binary
 * operator, every operand that is itself a binary expression in brackets, the
 * operand of a sign always in brackets, numbers as {@linkcode formatValue} writes
 * them, names as they were spelled. It is what steps show, what a client sends
 * and so what a cache keys on.
 *
 * @param expression The tree to write.
 * @returns The canonical text, which reads back as the same expression.
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
  // A chain leans left as deep as it is long: looped along, not descended.
  let innermost = outermost;
  let before = "";
  let after = formatRight(outermost);
  while (innermost.left.kind === "binary") {
    innermost = innermost.left;
    before += "(";
    after = `${formatRight(innermost)})${after}`;
  }
  const left = format(innermost.left);
  return before + (isLeftInBrackets(innermost) ? `(${left})` : left) + after;
}

/** Writes an expression that is part of another: a binary one in brackets. */
function formatOperand(operand: Expression): string {
  const written = format(operand);
  return operand.kind === "binary" ? `(${written})` : written;
}

/** Whether the left operand of an operation is in brackets. */
export function isLeftInBrackets({ left, operator }: Binary): boolean {
  if (left.kind === "binary") return true;
  if (!bindsTighterThanSigns(operator)) return false;
  return left.kind === "unary" ||
    (left.kind === "literal" && hasSign(formatValue(left.value)));
}

/** Writes a value as the left operand of an operator. */
export function formatLeft(left: Value, operator: BinaryOperator): string {
  const written = formatValue(left);
  return bindsTighterThanSigns(operator) && hasSign(written)
    ? `(${written})`
    : written;
}

/** Whether a left operand with a sign needs brackets: `-4 ** 8` is `-(4 ** 8)`. */
function bindsTighterThanSigns({ bindingPower }: BinaryOperator): boolean {
  return bindingPower > SIGN_BINDING_POWER;
}

function hasSign(written: string): boolean {
  return written.startsWith("-");
}

/** Writes what follows the left operand. */
function formatRight({ operator, right }: Binary): string {
  return ` ${operator.symbol} ${formatOperand(right)}`;
}
