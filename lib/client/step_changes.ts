import { ExpressionError } from "../expression/mod.ts";
import { parseWithPlaces, type Place } from "../expression/parse.ts";
import { type Expression, isNumber } from "../expression/tree.ts";

/** A part of a step and what replaces it in the next step. */
export interface Change {
  /** The place of the part. */
  readonly before: Place;
  /** The place of its value in the next step. */
  readonly after: Place;
}

/**
 * Finds what is computed between two steps: an operation, and the constants on
 * the way to the next one. Trees are compared, as text is ambiguous: between
 * `1 * (1 * 1)` and `1 * 1`, everything except the parentheses is in common.
 *
 * @param before A step in canonical text.
 * @param after The step that follows it.
 * @returns The changes from left to right; none if a step is not an expression.
 */
export function stepChanges(before: string, after: string): Change[] {
  const [old, next] = [read(before), read(after)];
  if (!old || !next) return [];
  const changes: Change[] = [];
  const unseen: [Expression, Expression][] = [[old.whole, next.whole]];
  // Loop instead of recursing: a chain is as deep as it is long.
  for (let pair = unseen.pop(); pair; pair = unseen.pop()) {
    const [part, value] = pair;
    const operands = isValue(next, value) ? undefined : operandsOf(part, value);
    if (operands) {
      unseen.push(...operands.reverse());
    } else if (old.textOf(part) !== next.textOf(value)) {
      const change = { before: old.placeOf(part), after: next.placeOf(value) };
      // Parentheses that stay around the value are not part of the change.
      const stay = isInParentheses(old.textOf(part)) &&
        isInParentheses(next.textOf(value));
      changes.push(stay ? withoutParentheses(change) : change);
    }
  }
  return changes;
}

/** A step as a tree with the places of its parts. */
interface Step {
  readonly whole: Expression;
  placeOf(part: Expression): Place;
  textOf(part: Expression): string;
}

function read(text: string): Step | undefined {
  try {
    const { expression, places } = parseWithPlaces(text);
    const placeOf = (part: Expression) => places.get(part)!;
    const textOf = (part: Expression) => {
      const { start, end } = placeOf(part);
      return text.slice(start, end);
    };
    return { whole: expression, placeOf, textOf };
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

/** Whether a part is a value: `-inf` is one, `-(inf)` is not computed yet. */
function isValue({ textOf }: Step, part: Expression): boolean {
  return part.kind === "unary"
    ? !textOf(part.operand).startsWith("(")
    : isNumber(part);
}

/** Whether a part of an expression is parenthesized. */
function isInParentheses(text: string): boolean {
  return text.startsWith("(") && text.endsWith(")");
}

function withoutParentheses({ before, after }: Change): Change {
  const inner = ({ start, end }: Place) => ({ start: start + 1, end: end - 1 });
  return { before: inner(before), after: inner(after) };
}

/** The operands of two parts in pairs, if both parts are the same operation. */
function operandsOf(
  one: Expression,
  other: Expression,
): [Expression, Expression][] | undefined {
  if (one.kind === "unary" && other.kind === "unary") {
    return one.operator === other.operator
      ? [[one.operand, other.operand]]
      : undefined;
  }
  if (one.kind === "binary" && other.kind === "binary") {
    return one.operator === other.operator
      ? [[one.left, other.left], [one.right, other.right]]
      : undefined;
  }
  if (one.kind === "call" && other.kind === "call") {
    const isSame = one.function === other.function &&
      one.arguments.length === other.arguments.length;
    return isSame
      ? one.arguments.map((argument, at) => [argument, other.arguments[at]!])
      : undefined;
  }
  return undefined;
}
