import { ExpressionError } from "./errors.ts";
import { format, formatLeft, isLeftParenthesized } from "./canonical_text.ts";
import { parse } from "./parse.ts";
import { Steps } from "./steps.ts";
import {
  type Binary,
  type Call,
  type Expression,
  isNumber,
  type Unary,
} from "./tree.ts";
import { formatValue } from "./number_text.ts";
import type { Value } from "./value.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { DEFAULT_MAX_WORK } from "./work_limit.ts";

/** Options for {@linkcode evaluate}. */
export interface EvaluateOptions {
  /**
   * Whether to record the steps.
   *
   * @default {false}
   */
  steps?: boolean | undefined;
  /**
   * The maximum number of characters in all steps together.
   *
   * @default {Infinity}
   */
  maxStepsLength?: number | undefined;
  /**
   * The maximum total work of operations on huge integers, in multiplications of
   * 64 by 64 bits, which take about a nanosecond each.
   *
   * @default {1e8}
   */
  maxWork?: number | undefined;
  /**
   * The source of random numbers for `rand`: at least 0 and less than 1.
   *
   * @default {Math.random}
   */
  random?: (() => number) | undefined;
  /**
   * The functions and constants that a text may name, if there is a text to parse.
   *
   * @default {new Vocabulary()}
   */
  vocabulary?: Vocabulary | undefined;
}

/** The result of {@linkcode evaluate}. */
export interface Evaluation {
  /** The value of the expression. */
  value: Value;
  /**
   * The expression as given, then the whole expression before each further
   * operation, then its value. Each step evaluates to the same value. Empty if
   * there was nothing to compute or no steps were requested.
   */
  steps: string[];
}

/**
 * Evaluates an expression: the left operand first, then the right, then the
 * operator; arguments from left to right.
 *
 * @param expression A tree from {@linkcode parse}, or text to parse first.
 * @param options Whether to record the steps, limits on steps and work, the source of
 * random numbers, and a vocabulary.
 * @returns The value, and the steps if requested.
 * @throws {ExpressionError} If the text cannot be parsed, the expression has no
 * value, or a limit is exceeded.
 * @throws {RangeError} If a limit is negative or `NaN`, or a random number is out of
 * range.
 * @throws {TypeError} If an added function returns neither a `bigint` nor a
 * `number`. Whatever else it throws is passed on.
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
  const tree = typeof expression === "string"
    ? parse(expression, options.vocabulary)
    : expression;
  const {
    maxStepsLength = Infinity,
    maxWork = DEFAULT_MAX_WORK,
    random = Math.random,
  } = options;
  checkLimit("maxStepsLength", maxStepsLength);
  checkLimit("maxWork", maxWork);
  const steps = options.steps && !isNumber(tree)
    ? new Steps(format(tree), maxStepsLength)
    : undefined;
  const value = new Evaluator(random, maxWork, steps).value(tree);
  steps?.write(formatValue(value));
  steps?.note();
  return { value, steps: steps?.texts ?? [] };
}

function checkLimit(option: string, limit: number): void {
  if (limit >= 0) return;
  throw new RangeError(
    `"${option}" must be a number, at least 0: received ${limit}`,
  );
}

const NO_WORK = () => 0;

/** An operation in a chain that waits for its left operand. */
interface Link {
  readonly node: Binary;
  readonly outer: Link | undefined;
}

/**
 * Evaluates parts of a tree. A step is recorded before each operation. After a
 * part is evaluated, the cursor of the steps is past it, and the caller writes the
 * value.
 */
class Evaluator {
  readonly #random: () => number;
  readonly #steps: Steps | undefined;
  #workLeft: number;

  constructor(random: () => number, maxWork: number, steps?: Steps) {
    this.#random = random;
    this.#workLeft = maxWork;
    this.#steps = steps;
  }

  value(node: Expression): Value {
    switch (node.kind) {
      case "literal":
      case "constant":
        this.#steps?.drop(format(node));
        return node.value;
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#chain(node);
      case "call":
        return this.#call(node);
    }
  }

  #unary({ operator, operand }: Unary): Value {
    const steps = this.#steps;
    steps?.enter(`${operator.symbol}(`);
    const value = this.value(operand);
    steps?.write(formatValue(value));
    steps?.note();
    steps?.leave(")");
    return operator.apply(value);
  }

  #chain(outermost: Binary): Value {
    const steps = this.#steps;
    // A chain nests to the left as deep as it is long: loop instead of recursing.
    let link: Link | undefined;
    let first: Expression = outermost;
    for (; first.kind === "binary"; first = first.left) {
      link = { node: first, outer: link };
      if (isLeftParenthesized(first)) steps?.enter("(");
    }
    let left = this.value(first);
    for (; link; link = link.outer) {
      const { node } = link;
      const { symbol, apply, work = NO_WORK } = node.operator;
      if (isLeftParenthesized(node)) steps?.leave(")");
      steps?.enter();
      steps?.write(formatLeft(left, node.operator));
      steps?.keep(` ${symbol} `);
      const right = this.#operand(node.right);
      steps?.write(formatValue(right));
      steps?.note();
      steps?.leave();
      this.#spend(work(left, right));
      left = apply(left, right);
    }
    return left;
  }

  /** Evaluates an operand, which is parenthesized if it is binary. */
  #operand(node: Expression): Value {
    if (node.kind !== "binary") return this.value(node);
    this.#steps?.enter("(");
    const value = this.value(node);
    this.#steps?.leave(")");
    return value;
  }

  #call({ name, function: called, arguments: given }: Call): Value {
    const { apply, random, work = NO_WORK } = called;
    const steps = this.#steps;
    const values: Value[] = [];
    steps?.enter(`${name}(`);
    for (const argument of given) {
      if (values.length > 0) steps?.keep(", ");
      const value = given.length === 1
        ? this.value(argument)
        : this.#operand(argument);
      steps?.write(formatValue(value));
      values.push(value);
    }
    steps?.note();
    steps?.leave(")");
    if (random) values.push(this.#draw());
    this.#spend(work(...values));
    return apply(...values);
  }

  #draw(): number {
    const drawn = this.#random();
    if (drawn >= 0 && drawn < 1) return drawn;
    throw new RangeError(
      `"random" must return numbers from 0 to less than 1: returned ${drawn}`,
    );
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
