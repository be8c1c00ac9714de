import { ExpressionError, type ExpressionErrorName } from "./errors.ts";
import { didYouMean } from "../did_you_mean.ts";
import { constants } from "./constants.ts";
import { functions, type NamedFunction } from "./functions.ts";
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
import { type Token, tokenAt } from "./tokens.ts";
import type { Call, Constant, Expression, Literal } from "./tree.ts";

/**
 * How deep operands and arguments may be nested in one another. The left
 * operand does not count, so a chain of any length is flat.
 */
export const MAX_DEPTH = 200;

/**
 * Reads an expression: integers, decimals (`1.5`, `.5`, `2.`, `1e-3`), the
 * operators `+ - * / % **`, the signs `-` and `+`, brackets, the functions
 * `max min sqrt sin cos tan log pow rand` and the constants `pi tau e inf nan`,
 * names in any case, with white space anywhere between.
 *
 * `**` binds tightest and to the right, then the signs, then `* / %`, then
 * `+ -`, both to the left.
 *
 * @param source The text of the expression.
 * @returns The tree, ready for {@linkcode format} and {@linkcode evaluate}.
 * @throws {ExpressionError} With the `position` of the first thing that cannot
 * be there: a syntax error, an unknown name, a wrong number of arguments,
 * nesting deeper than 200 levels, or an integer of more than 4300 digits.
 *
 * @example Usage
 * ```ts
 * import { format, parse } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(format(parse("1+2*3")), "1 + (2 * 3)");
 * ```
 *
 * @example An error and its place
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
export function parse(source: string): Expression {
  return new Parser(source).whole();
}

/** Where a part of an expression stands in its text, in UTF-16 code units from 0. */
export interface Place {
  /** Where it begins, brackets around it included. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/**
 * Reads an expression as {@linkcode parse} does, and notes where its parts stand.
 *
 * @param source The text of the expression.
 * @returns The tree and the place of every part of it.
 * @throws {ExpressionError} As {@linkcode parse} does.
 */
export function parseWithPlaces(
  source: string,
): { expression: Expression; places: ReadonlyMap<Expression, Place> } {
  const places = new Map<Expression, Place>();
  return { expression: new Parser(source, places).whole(), places };
}

/** A Pratt parser: a loop that goes on as long as operators bind tightly enough. */
class Parser {
  readonly #source: string;
  readonly #places: Map<Expression, Place> | undefined;
  /** The token taken last. */
  #taken: Token | undefined;
  /** The next token, not yet taken. */
  #token: Token;

  constructor(source: string, places?: Map<Expression, Place>) {
    this.#source = source;
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

  /** Reads as far as operators bind tighter than `minimum`. */
  #expression(minimum: number, depth: number): Expression {
    if (depth > MAX_DEPTH) {
      throw this.#error(
        "TooDeep",
        `nested deeper than ${MAX_DEPTH} levels`,
      );
    }
    // Brackets that open here are counted rather than descended into: the text
    // of a chain, ((1 + 2) + 3) + 4, opens as many as it has operators.
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
    // A sign directly before digits belongs to the number: -5, but not -(5),
    // nor -5 ** 2.
    return isNumber && operand.kind === "literal"
      ? { kind: "literal", value: operator.apply(operand.value) }
      : { kind: "unary", operator, operand };
  }

  #number(): Literal | Constant {
    const { text, position } = this.#next();
    if (/[^\d]/.test(text)) {
      const value = Number(text);
      // 1e400 is written inf, and so it must be what inf is.
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
    const key = name.text.toLowerCase();
    const called = functions.get(key);
    const constant = constants.get(key);
    const hasArguments = this.#token.text === "(";
    if (called && hasArguments) return this.#call(name, called, depth);
    if (constant !== undefined && !hasArguments) {
      return { kind: "constant", name: name.text, value: constant };
    }
    if (called || constant !== undefined) {
      const problem = called
        ? "is a function: its arguments follow in brackets"
        : "is a constant and takes no arguments";
      throw this.#error("WrongArguments", `${name.text} ${problem}`, name);
    }
    const problem = hasArguments ? "unknown function" : "unknown name";
    const known = hasArguments
      ? functions.keys()
      : [...constants.keys(), ...functions.keys()];
    const hint = ending(hintForName(key, this.#token)) ||
      didYouMean(key, known, quote) ||
      ending(hintForVariable(key, this.#token));
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
    const [least, most] = called.arity;
    if (given.length < least || given.length > most) {
      const expected = `${name.text} takes ${countOfArguments(called)}`;
      const typed = this.#source.slice(name.position, this.#end());
      const hint = given.length > most ? hintForArguments(typed) : undefined;
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

  /** Takes the next token whatever it is. */
  #next(): Token {
    const token = this.#token;
    this.#taken = token;
    this.#token = tokenAt(this.#source, this.#end());
    return token;
  }

  /** Where the token taken last ends. */
  #end(): number {
    return this.#taken ? this.#taken.position + this.#taken.text.length : 0;
  }

  /** Notes where a part stands that ends with the token taken last. */
  #place(part: Expression, start: number): void {
    this.#places?.set(part, { start, end: this.#end() });
  }

  /** Takes the next token if it is this symbol. */
  #take(symbol: string): boolean {
    if (this.#token.text !== symbol) return false;
    this.#next();
    return true;
  }

  #unexpected(expected: string): ExpressionError {
    const { kind, text } = this.#token;
    const found = kind === "end" ? "the end" : quote(text);
    const hint = hintForToken(this.#source, this.#token, this.#taken);
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

/** What an operator's right operand must bind tighter than. */
function rightPower({ bindingPower, associativity }: BinaryOperator): number {
  return associativity === "left" ? bindingPower : bindingPower - 1;
}

/** Writes a hint as the end of a message. */
function ending(hint: string | undefined): string {
  return hint === undefined ? "" : `: ${hint}`;
}

/** Puts text in quotes, cut short: a name or a number may fill a whole frame. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function countOfArguments({ arity: [least, most] }: NamedFunction): string {
  const plural = (count: number) => count === 1 ? "argument" : "arguments";
  if (least === most) return `${least} ${plural(least)}`;
  return most === Infinity
    ? `at least ${least} ${plural(least)}`
    : `${least} or ${most} ${plural(most)}`;
}
