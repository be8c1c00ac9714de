import { ExpressionError } from "./errors.ts";
import { formatPartly } from "./format.ts";
import { parse } from "./parse.ts";
import type { Binary, Expression } from "./tree.ts";
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
  const alone = tree.kind === "literal" || tree.kind === "constant";
  const steps = options.steps && !alone
    ? new Steps(tree, maxStepsLength)
    : undefined;
  steps?.note();
  const value = new Evaluator(random, steps, maxWork).value(tree);
  steps?.note();
  return { value, steps: steps?.texts ?? [] };
}

const NO_WORK = () => 0;

/** Computes parts of a tree, and notes each operation before it is done. */
class Evaluator {
  readonly #random: () => number;
  readonly #steps: Steps | undefined;
  #workLeft: number;

  constructor(
    random: () => number,
    steps: Steps | undefined,
    maxWork: number,
  ) {
    this.#random = random;
    this.#steps = steps;
    this.#workLeft = maxWork;
  }

  value(node: Expression): Value {
    switch (node.kind) {
      case "literal":
        return node.value;
      case "constant":
        this.#steps?.replace(node, node.value);
        return node.value;
      case "unary": {
        const operand = this.value(node.operand);
        return this.#operation(node, 0, () => node.operator.apply(operand));
      }
      case "binary":
        return this.#chain(node);
      case "call": {
        const values = node.arguments.map((argument) => this.value(argument));
        const { apply, random, work = NO_WORK } = node.function;
        if (random) values.push(this.#random());
        return this.#operation(node, work(...values), () => apply(...values));
      }
    }
  }

  #chain(outermost: Binary): Value {
    // A chain leans left as deep as it is long: looped along, not descended.
    const chain: Binary[] = [];
    let first: Expression = outermost;
    for (; first.kind === "binary"; first = first.left) chain.push(first);
    let left = this.value(first);
    for (const node of chain.reverse()) {
      const right = this.value(node.right);
      const { apply, work = NO_WORK } = node.operator;
      const cost = work(left, right);
      left = this.#operation(node, cost, () => apply(left, right));
    }
    return left;
  }

  #operation(node: Expression, work: number, apply: () => Value): Value {
    this.#workLeft -= work;
    if (this.#workLeft < 0) {
      throw new ExpressionError(
        "TooLarge",
        "the calculation takes too long: its integers are too large",
      );
    }
    this.#steps?.note();
    const value = apply();
    this.#steps?.replace(node, value);
    return value;
  }
}

/** The steps so far: the whole, written anew as its parts become values. */
class Steps {
  readonly texts: string[] = [];
  readonly #whole: Expression;
  readonly #computed = new Map<Expression, string>();
  readonly #limit: number;
  #length = 0;

  constructor(whole: Expression, limit: number) {
    this.#whole = whole;
    this.#limit = limit;
  }

  /** Shows a part as its value from now on. */
  replace(part: Expression, value: Value): void {
    this.#computed.set(part, text(value));
  }

  /** Notes the whole as it stands, unless it stands so already. */
  note(): void {
    const step = formatPartly(this.#whole, this.#computed);
    if (step === this.texts.at(-1)) return;
    this.#length += step.length;
    if (this.#length > this.#limit) {
      throw new ExpressionError(
        "TooLarge",
        `the steps have more than ${this.#limit} characters: ask without steps`,
      );
    }
    this.texts.push(step);
  }
}
