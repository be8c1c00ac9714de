/**
 * Translates what people type to the characters of the grammar. The client does
 * so before it sends anything: servers and caches never see `2 × π`.
 *
 * @module
 */

import { type Expression, ExpressionError, parse } from "../expression/mod.ts";
import { quote, tokenAt } from "../expression/tokens.ts";

/** Characters for operators, each as long as its operator. */
const SIGNS: ReadonlyMap<string, string> = new Map([
  ...[..."×·⋅∙•∗✕✖⨯"].map((sign) => [sign, "*"] as const),
  ...[..."÷∕⁄➗"].map((sign) => [sign, "/"] as const),
  ...[..."−‐‑‒–—﹣➖"].map((sign) => [sign, "-"] as const),
  ...[..."﹢➕"].map((sign) => [sign, "+"] as const),
]);

/** Characters for names. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["π", "pi"],
  ["τ", "tau"],
  ["∞", "inf"],
]);

const SIGN = new RegExp(`[${[...SIGNS.keys()].join("")}\uff01-\uff5e]`, "g");

/** The distance between a full-width character and that of ASCII. */
const FULL_WIDTH = 0xfee0;

/**
 * What changes in length. Names are matched first, as they may contain `_`. Digits
 * are matched from the first one only: to retry from each takes quadratic time.
 */
const WORD = new RegExp(
  `(?<![\\w.])[a-z_]\\w*|(?<!\\d)\\d+(?:_\\d+)+|[${
    [...NAMES.keys()].join("")
  }]`,
  "gi",
);

/** The name of the last result, in any case. */
export const ANS = "ans";

/** What `ans` stands for. */
export interface LastResult {
  /** The result; `undefined` before the first one. */
  readonly result: string | undefined;
}

/**
 * Parses an expression as people type it: `×`, `·`, `÷`, `−`, `π` and full-width
 * characters mean what they mean on paper, and `1_000` is 1000.
 *
 * @param typed The text that was typed.
 * @param last What `ans` stands for; without it, `ans` is an unknown name.
 * @returns The tree.
 * @throws {ExpressionError} If it cannot be parsed. The message quotes the text
 * that was typed, and the position refers to it.
 */
export function parseTyped(typed: string, last?: LastResult): Expression {
  const narrow = typed.replace(SIGN, plainSign);
  const plain = (word: string, position: number) =>
    last && word.toLowerCase() === ANS
      ? resultOf(last, word, position)
      : plainWord(word);
  const source = narrow.replace(WORD, plain);
  try {
    return parse(source);
  } catch (error) {
    if (source === typed || !(error instanceof ExpressionError)) throw error;
    const { name, message, position = 0 } = error;
    const { text } = tokenAt(source, position);
    const { start } = origin(narrow, position, plain);
    const { end } = origin(narrow, position + text.length, plain);
    const found = typed.slice(start, end);
    const quoted = message.replace(quote(text), () => quote(found));
    throw new ExpressionError(name, quoted, start);
  }
}

function plainSign(sign: string): string {
  return SIGNS.get(sign) ??
    String.fromCharCode(sign.charCodeAt(0) - FULL_WIDTH);
}

function plainWord(word: string): string {
  return NAMES.get(word) ??
    (/^\d/.test(word) ? word.replaceAll("_", "") : word);
}

/** The last result in parentheses, as it may be negative. */
function resultOf(
  { result }: LastResult,
  word: string,
  position: number,
): string {
  if (result !== undefined) return `(${result})`;
  const message = `there is no result yet for ${word} to stand for`;
  throw new ExpressionError("UnknownName", message, position);
}

/**
 * The position in `narrow` of a position in the text that is parsed: as the start
 * of a part, and as its end. Only within a word do they differ.
 */
function origin(
  narrow: string,
  position: number,
  plain: (word: string, position: number) => string,
): { start: number; end: number } {
  let growth = 0;
  for (const { 0: word, index } of narrow.matchAll(WORD)) {
    const start = index + growth;
    const { length } = plain(word, index);
    if (start >= position) break;
    if (start + length > position) {
      return { start: index, end: index + word.length };
    }
    growth += length - word.length;
  }
  return { start: position - growth, end: position - growth };
}
