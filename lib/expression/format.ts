import { SIGN_BINDING_POWER } from "./table.ts";
import type { Binary, Expression } from "./tree.ts";
import { text } from "./value.ts";

/**
 * Writes an expression in its canonical form: one space around every binary
 * operator, every operand that is itself a binary expression in brackets, the
 * operand of a sign always in brackets, numbers as {@linkcode text} writes
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
  return formatPartly(expression, new Map());
}

/** Parts of an expression that are computed already, with their values' texts. */
export type Computed = ReadonlyMap<Expression, string>;

/** Writes an expression as {@linkcode format} does, its computed parts as their values. */
export function formatPartly(
  expression: Expression,
  computed: Computed,
): string {
  const value = computed.get(expression);
  if (value !== undefined) return value;
  switch (expression.kind) {
    case "literal":
      return text(expression.value);
    case "constant":
      return expression.name;
    case "unary":
      return `${expression.operator.symbol}(${
        formatPartly(expression.operand, computed)
      })`;
    case "call": {
      const alone = expression.arguments.length === 1;
      const texts = expression.arguments.map((argument) =>
        alone
          ? formatPartly(argument, computed)
          : formatOperand(argument, computed)
      );
      return `${expression.name}(${texts.join(", ")})`;
    }
    case "binary":
      return formatBinary(expression, computed);
  }
}

function formatBinary(outermost: Binary, computed: Computed): string {
  // A chain leans left as deep as it is long: looped along, not descended.
  const chain: Binary[] = [];
  let first: Expression = outermost;
  while (first.kind === "binary" && !computed.has(first)) {
    chain.push(first);
    first = first.left;
  }
  let left = formatPartly(first, computed);
  for (const [index, { operator, right }] of chain.reverse().entries()) {
    // -4 ** 8 would read as -(4 ** 8).
    const isMisread = index === 0 &&
      operator.bindingPower > SIGN_BINDING_POWER && /^[-+]/.test(left);
    if (index > 0 || isMisread) left = `(${left})`;
    left = `${left} ${operator.symbol} ${formatOperand(right, computed)}`;
  }
  return left;
}

/** Writes an expression that is part of another: a binary one in brackets. */
function formatOperand(operand: Expression, computed: Computed): string {
  const written = formatPartly(operand, computed);
  return operand.kind === "binary" && !computed.has(operand)
    ? `(${written})`
    : written;
}
