import { type Expression, format, parse } from "../expression/mod.ts";

/** Stands for the part in the text around it. No expression contains it. */
const MARK = "\u{f8ff}";

/**
 * Finds the part of a step that is computed next: the first operation or call, in
 * the order of evaluation, whose operands are all numbers.
 *
 * @param step An expression in canonical form.
 * @returns Where the part begins and ends, or `undefined` if nothing is left to
 * compute or the text is not in canonical form.
 */
export function nextPart(
  step: string,
): [start: number, end: number] | undefined {
  const expression = parse(step);
  const part = firstOf(expression);
  if (!part || format(expression) !== step) return undefined;
  const mark = { kind: "constant", name: MARK, value: 0 } as const;
  const [before = "", after = ""] = format(replaced(expression, part, mark))
    .split(MARK);
  return [before.length, step.length - after.length];
}

function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "constant":
      return [];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "call":
      return expression.arguments;
  }
}

function firstOf(expression: Expression): Expression | undefined {
  for (const operand of operandsOf(expression)) {
    const part = firstOf(operand);
    if (part) return part;
  }
  const { kind } = expression;
  return kind === "literal" || kind === "constant" ? undefined : expression;
}

function replaced(
  expression: Expression,
  part: Expression,
  by: Expression,
): Expression {
  if (expression === part) return by;
  switch (expression.kind) {
    case "literal":
    case "constant":
      return expression;
    case "unary":
      return { ...expression, operand: replaced(expression.operand, part, by) };
    case "binary":
      return {
        ...expression,
        left: replaced(expression.left, part, by),
        right: replaced(expression.right, part, by),
      };
    case "call":
      return {
        ...expression,
        arguments: expression.arguments.map((each) => replaced(each, part, by)),
      };
  }
}
