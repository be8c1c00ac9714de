import { ExpressionError } from "./errors.ts";
import { format, formatLeft } from "./format.ts";
import { parse } from "./parse.ts";
import { Place, Steps } from "./steps.ts";
import {
  type Binary,
  type Call,
  type Expression,
  isNumber,
  type Unary,
} from "./tree.ts";
import { text, type Value } from "./value.ts";
import { DEFAULT_MAX_WORK } from "./work.ts";

/** Options for {@linkcode evaluate}. */
export interface EvaluateOptions {
  /**
   * Whether to write down the steps.
   *
   * @default {false}
   */
  steps?: boolean;
  /**
   * How many characters all steps together may have.
   *
   * @default {Infinity}
   */
  maxStepsLength?: number;
  /**
   * How much work operations on huge integers may be in all, in
   * multiplications of 64 by 64 bits, which take about a nanosecond each.
   *
   * @default {1e8}
   */
  maxWork?: number;
  /**
   * Where `rand` takes its numbers from: at least 0 and less than 1.
   *
   * @default {Math.random}
   */
  random?: () => number;
}

/** What {@linkcode evaluate} finds. */
export interface Evaluation {
  /** The value of the whole. */
  value: Value;
  /**
   * The way there: the expression as given, then the whole before each further
   * operation, then its value. Each of them, read again, has the value of the
   * whole. Empty if there was nothing to compute or no steps were asked for.
   */
  steps: string[];
}

/**
 * Computes an expression: the left operand first, then the right, then the
 * operator; arguments from left to right.
 *
 * @param expression A tree from {@linkcode parse}, or a text to parse first.
 * @param options Whether to note the steps, how long they may be, and where
 * `rand` takes its numbers from.
 * @returns The value, and the steps if they were asked for.
 * @throws {ExpressionError} If the text cannot be read, if the calculation has
 * no result, or if the steps would be too long.
 *
 * @example Usage
 * ```ts
 * import { evaluate } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(evaluate("7 / 2").value, 3.5);
 * assertEquals(evaluate("2 ** 64").value, 18446744073709551616n);
 * assertEquals(evaluate("max(2, 3) + 3", { steps: true }).steps, [
 *   "max(2, 3) + 3",
 *   "3 + 3",
 *   "6",
 * ]);
 * ```
 */
export function evaluate(
  expression: Expression | string,
  options: EvaluateOptions = {},
): Evaluation {
  const tree = typeof expression === "string" ? parse(expression) : expression;
  const {
    maxStepsLength = Infinity,
    maxWork = DEFAULT_MAX_WORK,
    random = Math.random,
  } = options;
  const evaluator = new Evaluator(random, maxWork);
  if (!options.steps || isNumber(tree)) {
    return { value: evaluator.value(tree), steps: [] };
  }
  const steps = new Steps(maxStepsLength);
  steps.note(format(tree));
  const value = evaluator.value(tree, new Place(steps));
  steps.note(text(value));
  return { value, steps: steps.texts };
}

const NO_WORK = () => 0;

/** An operation of a chain, to be done when its left operand is computed. */
interface Link {
  readonly node: Binary;
  readonly place: Place | undefined;
  readonly outer: Link | undefined;
}

/** Computes parts of a tree; those in a place note each operation before it is done. */
class Evaluator {
  readonly #random: () => number;
  #workLeft: number;

  constructor(random: () => number, maxWork: number) {
    this.#random = random;
    this.#workLeft = maxWork;
  }

  value(node: Expression, place?: Place): Value {
    switch (node.kind) {
      case "literal":
      case "constant":
        return node.value;
      case "unary":
        return this.#unary(node, place);
      case "binary":
        return this.#chain(node, place);
      case "call":
        return this.#call(node, place);
    }
  }

  #unary({ operator, operand }: Unary, place?: Place): Value {
    const { symbol, apply } = operator;
    const value = this.value(operand, place?.of(operand, `${symbol}(`, ")"));
    place?.note(`${symbol}(${text(value)})`);
    return apply(value);
  }

  #chain(outermost: Binary, place?: Place): Value {
    // A chain leans left as deep as it is long: looped along, not descended.
    let link: Link | undefined;
    let first: Expression = outermost;
    for (; first.kind === "binary"; first = first.left) {
      link = { node: first, place, outer: link };
      place = place?.ofLeft(first);
    }
    let left = this.value(first, place);
    for (; link; link = link.outer) {
      const { node: { operator, right: operand }, place } = link;
      const { symbol, apply, work = NO_WORK } = operator;
      const before = place
        ? `${formatLeft(text(left), operator)} ${symbol} `
        : "";
      const right = this.value(operand, place?.ofOperand(operand, before, ""));
      place?.note(before + text(right));
      this.#spend(work(left, right));
      left = apply(left, right);
    }
    return left;
  }

  #call(node: Call, place?: Place): Value {
    const { name, arguments: given } = node;
    const { apply, random, work = NO_WORK } = node.function;
    let before = `${name}(`;
    const values = given.map((argument, index) => {
      const within = place?.ofArgument(node, index, before);
      const value = this.value(argument, within);
      const isLast = index === given.length - 1;
      if (place) before += isLast ? text(value) : `${text(value)}, `;
      return value;
    });
    place?.note(`${before})`);
    if (random) values.push(this.#random());
    this.#spend(work(...values));
    return apply(...values);
  }

  #spend(work: number): void {
    this.#workLeft -= work;
    if (this.#workLeft < 0) {
      throw new ExpressionError(
        "TooLarge",
        "the calculation takes too long: its integers are too large",
      );
    }
  }
}
