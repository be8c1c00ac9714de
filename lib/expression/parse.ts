import { ExpressionError, type ExpressionErrorName } from "./errors.ts";
import { didYouMean } from "../did_you_mean.ts";
import type { NamedFunction } from "./functions.ts";
import {
  hintForArguments,
  hintForName,
  hintForToken,
  hintForVariable,
} from "./hints.ts";
import { integerTooLarge, MAX_INTEGER_DIGITS } from "./integer_limit.ts";
import {
  type BinaryOperator,
  binaryOperators,
  SIGN_BINDING_POWER,
  unaryOperators,
} from "./operators.ts";
import { quote, type Token, tokenAt } from "./tokens.ts";
import type { Call, Constant, Expression, Literal } from "./tree.ts";
import { STANDARD, type Vocabulary } from "./vocabulary.ts";

/**
 * The maximum nesting depth of operands and arguments. Left operands do not
 * count, so a chain of any length is flat.
 */
export const MAX_DEPTH = 200;

/**
 * Parses an expression: integers, decimals (`1.5`, `.5`, `2.`, `1e-3`), the
 * operators `+ - * / % **`, the signs `-` and `+`, parentheses, the functions
 * `max min sqrt sin cos tan log pow rand` and the constants `pi tau e inf nan`.
 * Names are case-insensitive, and white space may separate any two tokens.
 *
 * `**` binds tightest and is right-associative, then come the signs, then
 * `* / %`, then `+ -`, both left-associative.
 *
 * @param source The text of the expression.
 * @param vocabulary The functions and constants that it may name. By default, those
 * above.
 * @returns The tree, for {@linkcode format} and {@linkcode evaluate}.
 * @throws {ExpressionError} With the `position` of the first error: a syntax
 * error, an unknown name, a wrong number of arguments, nesting deeper than 200
 * levels, or an integer of more than 4300 digits.
 *
 * @example Usage
 * ```ts
 * import { format, parse } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(format(parse("1+2*3")), "1 + (2 * 3)");
 * ```
 *
 * @example The position of an error
 * ```ts
 * import { ExpressionError, parse } from "@calculator/tcp";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => parse("max(2, 3 + * 4)"), ExpressionError);
 * assertEquals(error.position, 11);
 * assertEquals(
 *   error.message,
 *   'expected a number, a name, "(" or a sign, found "*"',
 * );
 * ```
 */
export function parse(source: string, vocabulary?: Vocabulary): Expression {
  return new Parser(source, vocabulary).whole();
}

/** Where a part of an expression is in the text, in UTF-16 code units from 0. */
export interface Place {
  /** Where it begins, with any parentheses around it. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/**
 * Parses an expression like {@linkcode parse}, and records where its parts are.
 *
 * @param source The text of the expression.
 * @returns The tree and the place of every part of it.
 * @throws {ExpressionError} As {@linkcode parse} does.
 */
export function parseWithPlaces(
  source: string,
): { expression: Expression; places: ReadonlyMap<Expression, Place> } {
  const places = new Map<Expression, Place>();
  const parser = new Parser(source, STANDARD, places);
  return { expression: parser.whole(), places };
}

/** A Pratt parser: loops while operators bind tightly enough. */
class Parser {
  readonly #source: string;
  readonly #vocabulary: Vocabulary;
  readonly #places: Map<Expression, Place> | undefined;
  /** The last token consumed. */
  #last: Token | undefined;
  /** The next token, not yet consumed. */
  #token: Token;

  constructor(
    source: string,
    vocabulary = STANDARD,
    places?: Map<Expression, Place>,
  ) {
    this.#source = source;
    this.#vocabulary = vocabulary;
    this.#places = places;
    this.#token = tokenAt(source, 0);
  }

  whole(): Expression {
    const expression = this.#expression(0, 0);
    if (this.#token.kind !== "end") {
      throw this.#unexpected("an operator or the end");
    }
    return expression;
  }

  /** Parses as long as operators bind tighter than `minimum`. */
  #expression(minimum: number, depth: number): Expression {
    if (depth > MAX_DEPTH) {
      throw this.#error(
        "TooDeep",
        `nested deeper than ${MAX_DEPTH} levels`,
      );
    }
    // Count opening parentheses instead of recursing: the text of a chain,
    // ((1 + 2) + 3) + 4, has as many as operators.
    let open = 0;
    const opened: number[] | undefined = this.#places && [];
    let start = this.#token.position;
    while (this.#take("(")) {
      open++;
      opened?.push(start);
      start = this.#token.position;
    }
    let left = this.#operand(depth);
    this.#place(left, start);
    for (;;) {
      if (open > 0 && this.#take(")")) {
        open--;
        start = opened?.pop() ?? start;
        this.#place(left, start);
        continue;
      }
      const operator = binaryOperators.get(this.#token.text);
      if (!operator || operator.bindingPower <= (open > 0 ? 0 : minimum)) break;
      this.#next();
      const right = this.#expression(rightPower(operator), depth + 1);
      left = { kind: "binary", operator, left, right };
      this.#place(left, start);
    }
    if (open > 0) throw this.#unexpected('an operator or ")"');
    return left;
  }

  #operand(depth: number): Expression {
    const token = this.#token;
    if (token.kind === "number") return this.#number();
    if (token.kind === "name") return this.#named(depth);
    const operator = unaryOperators.get(token.text);
    if (!operator) {
      throw this.#unexpected('a number, a name, "(" or a sign');
    }
    this.#next();
    const isNumber = this.#token.kind === "number";
    const operand = this.#expression(SIGN_BINDING_POWER, depth + 1);
    // A sign directly before digits is part of the number: in -5, but not in
    // -(5) or -5 ** 2.
    return isNumber && operand.kind === "literal"
      ? { kind: "literal", value: operator.apply(operand.value) }
      : { kind: "unary", operator, operand };
  }

  #number(): Literal | Constant {
    const { text, position } = this.#next();
    if (/[^\d]/.test(text)) {
      const value = Number(text);
      // 1e400 is formatted as inf, so it must be the same constant.
      return value === Infinity
        ? { kind: "constant", name: "inf", value }
        : { kind: "literal", value };
    }
    const isLong = text.length > MAX_INTEGER_DIGITS;
    if (isLong && text.replace(/^0+/, "").length > MAX_INTEGER_DIGITS) {
      throw integerTooLarge(position);
    }
    return { kind: "literal", value: BigInt(text) };
  }

  #named(depth: number): Call | Constant {
    const name = this.#next();
    const called = this.#vocabulary.functionNamed(name.text);
    const constant = this.#vocabulary.constantNamed(name.text);
    const hasArguments = this.#token.text === "(";
    if (called && hasArguments) return this.#call(name, called, depth);
    if (constant && !hasArguments) {
      return { kind: "constant", name: name.text, value: constant.value };
    }
    if (called || constant) {
      const problem = called
        ? "is a function: its arguments go in parentheses"
        : "is a constant and takes no arguments";
      throw this.#error("WrongArguments", `${name.text} ${problem}`, name);
    }
    const problem = hasArguments ? "unknown function" : "unknown name";
    const { functions, constants } = this.#vocabulary;
    const known = hasArguments ? functions : [...constants, ...functions];
    const hint = ending(hintForName(name.text, this.#token)) ||
      didYouMean(name.text, known.map(({ name }) => name), quote) ||
      ending(hintForVariable(name.text, this.#token));
    throw this.#error(
      "UnknownName",
      `${problem} ${quote(name.text)}${hint}`,
      name,
    );
  }

  #call(name: Token, called: NamedFunction, depth: number): Call {
    this.#next();
    const given: Expression[] = [];
    if (!this.#take(")")) {
      do given.push(this.#expression(0, depth + 1)); while (this.#take(","));
      if (!this.#take(")")) throw this.#unexpected('an operator, "," or ")"');
    }
    const [min, max] = called.arity;
    if (given.length < min || given.length > max) {
      const expected = `${name.text} takes ${countOfArguments(called)}`;
      const typed = this.#source.slice(name.position, this.#end());
      const hint = given.length > max ? hintForArguments(typed) : undefined;
      throw this.#error(
        "WrongArguments",
        `${expected}, ${given.length} given${ending(hint)}`,
        name,
      );
    }
    return {
      kind: "call",
      name: name.text,
      function: called,
      arguments: given,
    };
  }

  /** Consumes the next token. */
  #next(): Token {
    const token = this.#token;
    this.#last = token;
    this.#token = tokenAt(this.#source, this.#end());
    return token;
  }

  /** Where the last token ends. */
  #end(): number {
    return this.#last ? this.#last.position + this.#last.text.length : 0;
  }

  /** Records the place of a part that ends with the last token. */
  #place(part: Expression, start: number): void {
    this.#places?.set(part, { start, end: this.#end() });
  }

  /** Consumes the next token if it is this symbol. */
  #take(symbol: string): boolean {
    if (this.#token.text !== symbol) return false;
    this.#next();
    return true;
  }

  #unexpected(expected: string): ExpressionError {
    const { kind, text } = this.#token;
    const found = kind === "end" ? "the end" : quote(text);
    const hint = hintForToken(this.#source, this.#token, this.#last);
    return this.#error(
      "SyntaxError",
      `expected ${expected}, found ${found}${ending(hint)}`,
    );
  }

  #error(
    name: ExpressionErrorName,
    message: string,
    { position }: Token = this.#token,
  ): ExpressionError {
    return new ExpressionError(name, message, position);
  }
}

/** The binding power that operators in the right operand must exceed. */
function rightPower({ bindingPower, associativity }: BinaryOperator): number {
  return associativity === "left" ? bindingPower : bindingPower - 1;
}

/** Formats a hint as the end of a message. */
function ending(hint: string | undefined): string {
  return hint === undefined ? "" : `: ${hint}`;
}

function countOfArguments({ arity: [min, max] }: NamedFunction): string {
  const plural = (count: number) => count === 1 ? "argument" : "arguments";
  if (min === max) return `${min} ${plural(min)}`;
  if (max === Infinity) return `at least ${min} ${plural(min)}`;
  return `${min} ${max - min === 1 ? "or" : "to"} ${max} ${plural(max)}`;
}
