/**
 * Hints at the end of error messages, for notations from paper, spreadsheets and
 * programming languages.
 *
 * @module
 */

import type { Token } from "./tokens.ts";

const PRODUCT = "a product is written *";
const QUOTIENT = "a quotient is written /";
const POWER = "a power is written **";
const REMAINDER = "a remainder is written %";
const PARENTHESES = "only parentheses group, ( and )";
const NO_QUOTES = "an expression has no quotes";
const LEAVE_OUT_EQUALS = "leave out the =";
const NO_COMPARISONS = "there are no comparisons";
const NO_BIT_OPERATORS = "there are no bitwise operators";
const NO_VARIABLES = "there are no variables";
const ABSOLUTE_VALUE = "the absolute value is max(x, -x)";
const FRACTION = "a fraction is written with /";
const PERCENTAGE = "% is the remainder of a division: write 50 / 100";
const TRIGONOMETRY = "of these functions, only sin, cos and tan are built in";
const FACTORIAL = "factorials are not built in";
const RADIANS = "angles are in radians: multiply degrees by pi / 180";

/** Maps each of the keys in a list, separated by spaces, to its hint. */
function byKey(hints: Record<string, string>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(hints).flatMap(([symbols, hint]) =>
      symbols.split(" ").map((symbol) => [symbol, hint] as const)
    ),
  );
}

/** Symbols that mean the same in any position. */
const SYMBOLS = byKey({
  "^ ² ³ ⁰ ¹ ⁴ ⁵ ⁶ ⁷ ⁸ ⁹ ⁻ ↑": POWER,
  "× · ⋅ ∙ •": PRODUCT,
  "÷ : ∕ ⁄": QUOTIENT,
  "− – —": "a minus sign is written -",
  "π": "π is written pi",
  "τ": "τ is written tau",
  "∞": "∞ is written inf",
  "√": "a square root is written sqrt(x)",
  "½ ⅓ ⅔ ¼ ¾ ⅕ ⅖ ⅗ ⅘ ⅙ ⅚ ⅛ ⅜ ⅝ ⅞": FRACTION,
  "°": RADIANS,
  "!": FACTORIAL,
  "< > ≤ ≥ ≠ ≈": NO_COMPARISONS,
  "& | ~": NO_BIT_OPERATORS,
  "[ ] { }": PARENTHESES,
  "\" “ ” „ « » ` ´ '": NO_QUOTES,
  ";": "each expression has a line to itself",
  "#": "only lines of a pipe have comments",
});

/** Operators in words. */
const OPERATORS = byKey({
  "plus and": "a sum is written +",
  "minus": "a difference is written -",
  "times x": PRODUCT,
  "div over by": QUOTIENT,
  "mod modulo rem": REMAINDER,
  "pow power squared cubed": POWER,
  "percent": PERCENTAGE,
  "deg degree degrees": RADIANS,
  "or xor not shl shr": NO_BIT_OPERATORS,
});

/** Functions and constants of other calculators. */
const NAMES = byKey({
  "ln": "the natural logarithm is log(x)",
  "lg log10 log_10": "the logarithm to base 10 is log(x, 10)",
  "lb ld log2 log_2": "the logarithm to base 2 is log(x, 2)",
  "exp": "write e ** x",
  "abs": ABSOLUTE_VALUE,
  "sign sgn": "write x / max(x, -x)",
  "cbrt": "write x ** (1 / 3)",
  "root nthroot": "write x ** (1 / n)",
  "square": "write x ** 2",
  "hypot": "write sqrt(x ** 2 + y ** 2)",
  "mod modulo fmod rem": REMAINDER,
  "div": QUOTIENT,
  "floor trunc int": "write x - x % 1",
  "ceil ceiling": "write x + -x % 1",
  "round": "write x + 0.5 - (x + 0.5) % 1",
  "fact factorial": FACTORIAL,
  "sum": "a sum is written +",
  "prod product": PRODUCT,
  "avg mean average": "write (a + b) / 2",
  "cot": "write 1 / tan(x)",
  "sec": "write 1 / cos(x)",
  "csc cosec": "write 1 / sin(x)",
  "asin acos atan atan2 arcsin arccos arctan sinh cosh tanh asinh acosh atanh":
    TRIGONOMETRY,
  "deg degree degrees rad radian radians": RADIANS,
  "random rnd": "write rand(0, 1)",
  "infinity infinite": "write inf",
  "phi": "write (1 + sqrt(5)) / 2",
  "percent of": PERCENTAGE,
});

/**
 * The hint for an unexpected token.
 *
 * @param source The text of the expression.
 * @param found The unexpected token.
 * @param before The token before it, if any.
 */
export function hintForToken(
  source: string,
  found: Token,
  before: Token | undefined,
): string | undefined {
  return before && endsOperand(before)
    ? hintForOperator(source, found, before)
    : hintForOperand(found, before);
}

/** The hint for an unknown name that other calculators know, or that is assigned to. */
export function hintForName(name: string, next: Token): string | undefined {
  return isAssignment(next) ? NO_VARIABLES : NAMES.get(name.toLowerCase());
}

/** The hint for an unknown name that is similar to no other. */
export function hintForVariable(name: string, next: Token): string | undefined {
  return name.length === 1 && next.text !== "(" ? NO_VARIABLES : undefined;
}

/** The hint for a comma that splits a number into two arguments: `sqrt(2,5)`. */
export function hintForArguments(call: string): string | undefined {
  return call.length <= MAX_LENGTH
    ? hintForNumber(IN_GROUPS.exec(call)?.[0])
    : undefined;
}

/** The hint for a token in the place of a number, a name, a parenthesis or a sign. */
function hintForOperand(
  found: Token,
  before: Token | undefined,
): string | undefined {
  const { text } = found;
  if (text === "=") return before ? NO_COMPARISONS : LEAVE_OUT_EQUALS;
  if (text === "|") return ABSOLUTE_VALUE;
  if (text === "/" && before?.text === "/" && isAdjacent(before, found)) {
    return "there is no integer division: write (a - a % b) / b";
  }
  return SYMBOLS.get(text) ?? (before?.text === "%" ? PERCENTAGE : undefined);
}

/** The hint for a token in the place of an operator, a comma, a parenthesis or the end. */
function hintForOperator(
  source: string,
  found: Token,
  before: Token,
): string | undefined {
  const { kind, text, position } = found;
  const number = before.kind === "number" && before.text.length <= MAX_LENGTH
    ? hintForNumber(
      IN_GROUPS_FIRST.exec(
        source.slice(before.position, position + MAX_LENGTH),
      )?.[0],
    )
    : undefined;
  switch (kind) {
    case "number":
      return before.kind === "number" ? number : PRODUCT;
    case "name":
      if (before.kind === "number" && isAdjacent(before, found)) {
        const hint = hintForDigits(before.text, text) ?? number;
        return hint ?? (text.startsWith("_") ? undefined : PRODUCT);
      }
      return OPERATORS.get(text.toLowerCase()) ?? PRODUCT;
    case "symbol":
      return text === "(" ? PRODUCT : text === "," ? number : undefined;
    case "unknown":
      if (text === "=") return hintForEquals(source.slice(position), before);
      if (text === "!" && source[position + 1] === "=") return NO_COMPARISONS;
      return number ?? SYMBOLS.get(text);
    case "end":
      return undefined;
  }
}

/** `2 + 2 =`, `x = 5` or `2 + 2 = 4`. */
function hintForEquals(rest: string, before: Token): string {
  if (/^=\??$/.test(rest.trim())) return LEAVE_OUT_EQUALS;
  return before.kind === "name" && !rest.startsWith("==")
    ? NO_VARIABLES
    : NO_COMPARISONS;
}

/** The hint for a name directly after a number: `0xff`, `1e`. */
function hintForDigits(number: string, name: string): string | undefined {
  if (number === "0" && /^[xob]/i.test(name)) {
    const value = Number(number + name);
    return Number.isSafeInteger(value)
      ? `numbers are decimal: write ${value}`
      : "numbers are decimal";
  }
  return name.toLowerCase() === "e"
    ? `${PRODUCT}, and an exponent has digits, as in 1e5`
    : undefined;
}

/** The maximum length of a text to search for a number: the patterns take quadratic time. */
const MAX_LENGTH = 60;

/** Digits with separators. */
const IN_GROUPS = /\d+(?:(?:[,.'’ \u00a0\u202f]|_+)\d+)+/;
const IN_GROUPS_FIRST = new RegExp(`^${IN_GROUPS.source}`);

/** `1,000` `1 000 000` `1'000.5` `1.000,5`: groups of three digits. */
const THOUSANDS =
  /^(\d{1,3}(?:([,.'’ \u00a0\u202f])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d+))?$/;

/** The hint for digits with separators. */
function hintForNumber(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const [, whole, , fraction] = THOUSANDS.exec(written) ?? [];
  if (whole !== undefined) {
    const digits = whole.replace(/\D/g, "");
    const plain = fraction === undefined ? digits : `${digits}.${fraction}`;
    return `digits are not grouped: write ${plain}`;
  }
  if (/^\d+(?:_+\d+)+$/.test(written)) {
    return `digits are not grouped: write ${written.replaceAll("_", "")}`;
  }
  return /^\d+,\d+$/.test(written)
    ? `the decimal point is a dot: write ${written.replace(",", ".")}`
    : undefined;
}

function endsOperand({ kind, text }: Token): boolean {
  return kind === "number" || kind === "name" || text === ")";
}

/** `=`, `:=` or `==`. */
function isAssignment({ text }: Token): boolean {
  return text === "=" || text === ":";
}

function isAdjacent(before: Token, after: Token): boolean {
  return before.position + before.text.length === after.position;
}
