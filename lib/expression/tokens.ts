/** One piece of an expression's text. */
export interface Token {
  /** `unknown` is a character that begins none of the others. */
  readonly kind: "number" | "name" | "symbol" | "unknown" | "end";
  /** The piece itself; empty at the end. */
  readonly text: string;
  /** Where it begins, in UTF-16 code units from 0. */
  readonly position: number;
}

const WHITE_SPACE = /\s*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const NAME = /[a-z_]\w*/iy;
const SYMBOLS = "-+*/%(),";

/** Reads the token that follows `from`, with any white space before it left out. */
export function tokenAt(source: string, from: number): Token {
  const position = from + lengthOf(WHITE_SPACE, source, from);
  const token = (kind: Token["kind"], length: number): Token => ({
    kind,
    text: source.slice(position, position + length),
    position,
  });
  if (position === source.length) return token("end", 0);
  if (SYMBOLS.includes(source[position]!)) {
    return token("symbol", source.startsWith("**", position) ? 2 : 1);
  }
  const digits = lengthOf(NUMBER, source, position);
  if (digits > 0) return token("number", digits);
  const letters = lengthOf(NAME, source, position);
  if (letters > 0) return token("name", letters);
  // A character of two code units stays whole.
  return token("unknown", source.codePointAt(position)! > 0xffff ? 2 : 1);
}

/** How many code units a sticky pattern matches at a position. */
function lengthOf(pattern: RegExp, source: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.test(source) ? pattern.lastIndex - position : 0;
}
