/**
 * The rules of docs/protocol.md about expressions that a table cannot cover.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { evaluate, formatValue } from "../../lib/expression/mod.ts";
import { tableBelow } from "./document.ts";
import { errorOf } from "./error_of.ts";

/** The grammar of the document, rule by rule, over tokens. */
class Grammar {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  matches(): boolean {
    return this.#expression() && this.#at === this.#tokens.length;
  }

  #take(...tokens: string[]): boolean {
    const found = tokens.includes(this.#tokens[this.#at] ?? "");
    if (found) this.#at++;
    return found;
  }

  #expression(): boolean {
    do if (!this.#product()) return false; while (this.#take("+", "-"));
    return true;
  }

  #product(): boolean {
    do if (!this.#signed()) return false; while (this.#take("*", "/", "%"));
    return true;
  }

  #signed(): boolean {
    return this.#take("+", "-") ? this.#signed() : this.#power();
  }

  #power(): boolean {
    return this.#operand() && (!this.#take("**") || this.#signed());
  }

  #operand(): boolean {
    if (this.#take("1", ".5", "2e-1", "pi")) return true;
    if (this.#take("(")) return this.#expression() && this.#take(")");
    if (!this.#take("max")) return false;
    if (!this.#take("(")) return false;
    if (this.#take(")")) return true;
    do if (!this.#expression()) return false; while (this.#take(","));
    return this.#take(")");
  }
}

const TOKENS = ["1", ".5", "2e-1", "pi", "max", "(", ")", ","]
  .concat(["+", "-", "*", "/", "%", "**"]);

Deno.test("grammar-1: an expression is a SyntaxError if and only if it does not match the grammar", () => {
  const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 12 });
  // Few random texts match, so begin with one that does.
  const likely = fc.tuple(
    fc.constantFrom("1 + 1", "max ( 1 , 1 )", "- pi ** - .5", "( 1 ) * 1"),
    fc.nat(12),
    fc.nat(3),
    tokens.map((some) => some.slice(0, 3)),
  ).map(([text, at, count, others]) =>
    text.split(" ").toSpliced(at, count, ...others)
  );
  fc.assert(
    fc.property(fc.oneof(tokens, likely), (expression) => {
      const error = errorOf(expression.join(" "));
      // A constant or a function used wrongly may be found first.
      fc.pre(error?.name !== "WrongArguments");
      const isMatch = new Grammar(expression).matches();
      assertEquals(error?.name === "SyntaxError", !isMatch);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("characters-1: each token is as long as possible", () => {
  assertEquals(errorOf("1e")?.position, 1);
  assertEquals(errorOf("1.2.3")?.position, 3);
  assertEquals(errorOf("2***3")?.position, 3);
  assertEquals(errorOf("1_0")?.position, 1);
  assertEquals(evaluate("1e5").value, 1e5);
  assertEquals(evaluate("1.e1-1").value, 9);
});

/** The code points of a table, as it writes them: U+0009–U+000D. */
function codePoints(cell: string): number[] {
  const [first = 0, last = first] = cell.matchAll(/U\+([0-9A-F]+)/g)
    .map(([, digits = ""]) => parseInt(digits, 16));
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

Deno.test("characters-2, characters-3: white space is what the table lists, and no other character begins a token", () => {
  const white = new Set(
    tableBelow("characters-2", "code points")
      .flatMap((row) => codePoints(row["code points"] ?? "")),
  );
  assertEquals(white.size, 25);
  const wrong: number[] = [];
  for (let code = 0; code <= 0x1ffff; code++) {
    // UTF-8 has no surrogates.
    if (code === 0xd800) code = 0xe000;
    const character = String.fromCodePoint(code);
    if (/[0-9A-Za-z_.(+-]/.test(character)) continue;
    const error = errorOf(`${character}1${character}`);
    const isRefused = error?.name === "SyntaxError" && error.position === 0;
    if (white.has(code) ? error !== undefined : !isRefused) wrong.push(code);
  }
  assertEquals(wrong, []);
  for (const code of white) {
    const { position } = errorOf(`1${String.fromCodePoint(code)}2`) ?? {};
    assertEquals(position, 2, "white space within a number");
  }
});

/** The fewest digits that identify a double, in scientific notation. */
function fewestDigits(value: number): string {
  let count = 0;
  while (Number(value.toExponential(count)) !== value) count++;
  const rounded = value.toExponential(count);
  const exact = value.toExponential(100);
  // JavaScript rounds a tie up.
  const isTie = /^50*e/.test(exact.slice(exact.indexOf(".") + 1 + count));
  const isOdd = /[13579]e/.test(rounded);
  return isTie && isOdd
    ? rounded.replace(/\d(?=e)/, (digit) => `${Number(digit) - 1}`)
    : rounded;
}

/** The text of a double as numbers-5 defines it. */
function textOf(value: number): string {
  const [, sign = "", first = "", others = "", exponent = ""] =
    /^(-?)(\d)\.?(\d*)e([+-]\d+)$/.exec(fewestDigits(value)) ?? [];
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    const fraction = others === "" ? "" : `.${others}`;
    const size = `${Math.abs(power)}`.padStart(2, "0");
    return `${sign}${first}${fraction}e${power < 0 ? "-" : "+"}${size}`;
  }
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${first}${others}`;
  const all = `${first}${others}`.padEnd(power + 2, "0");
  return `${sign}${all.slice(0, power + 1)}.${all.slice(power + 1)}`;
}

Deno.test("numbers-5: a double has the fewest digits that identify it", () => {
  const doubles = fc.oneof(
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.tuple(
      fc.integer({ min: -9999, max: 9999 }),
      fc.integer({
        min: -20,
        max: 20,
      }),
    ).map(([digits, power]) => Number(`${digits}e${power}`)),
  ).filter((value) => value !== 0);
  fc.assert(
    fc.property(doubles, (value) => {
      assertEquals(formatValue(value), textOf(value));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("numbers-1: a decimal is the nearest double, ties to even", () => {
  const half = 2n ** 53n + 1n;
  assertEquals(evaluate(`${half}.0`).value, 2 ** 53);
  assertEquals(evaluate(`${half}.${"0".repeat(4_500)}1`).value, 2 ** 53 + 2);
  assertEquals(
    evaluate(`${2n ** 1024n - 2n ** 970n - 1n}e0`).value,
    Number.MAX_VALUE,
  );
  assertEquals(evaluate(`${2n ** 1024n - 2n ** 970n}e0`).value, Infinity);
});
