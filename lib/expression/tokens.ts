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
const SYMBOL = /\*\*|[-+*/%(),]/y;

/** Reads the token that follows `from`, with any white space before it left out. */
export function tokenAt(source: string, from: number): Token {
  const position = from + lengthOf(WHITE_SPACE, source, from);
  const token = (kind: Token["kind"], length: number): Token => ({
    kind,
    text: source.slice(position, position + length),
    position,
  });
  if (position === source.length) return token("end", 0);
  let length = lengthOf(SYMBOL, source, position);
  if (length > 0) return token("symbol", length);
  length = lengthOf(NUMBER, source, position);
  if (length > 0) return token("number", length);
  length = lengthOf(NAME, source, position);
  if (length > 0) return token("name", length);
  // A character of two code units stays whole.
  return token("unknown", source.codePointAt(position)! > 0xffff ? 2 : 1);
}

/** How many code units a sticky pattern matches at a position. */
function lengthOf(pattern: RegExp, source: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.test(source) ? pattern.lastIndex - position : 0;
}
