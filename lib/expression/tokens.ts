/** A token of an expression. */
export interface Token {
  /** `unknown` is a character that cannot begin any other token. */
  readonly kind: "number" | "name" | "symbol" | "unknown" | "end";
  /** The text of the token; empty at the end. */
  readonly text: string;
  /** The start of the token, in UTF-16 code units from 0. */
  readonly position: number;
}

const WHITE_SPACE = /\s+/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const NAME = /[a-z_]\w*/iy;
const SYMBOLS = new Set("-+*/%(),");

/** Reads the next token at or after `from`, skipping white space. */
export function tokenAt(source: string, from: number): Token {
  let position = from;
  while (source[position] === " ") position++;
  if (position === source.length) return { kind: "end", text: "", position };
  const character = source[position]!;
  if (SYMBOLS.has(character)) {
    const text = source.startsWith("**", position) ? "**" : character;
    return { kind: "symbol", text, position };
  }
  let end = endOf(NUMBER, source, position);
  if (end > position) {
    return { kind: "number", text: source.slice(position, end), position };
  }
  end = endOf(NAME, source, position);
  if (end > position) {
    return { kind: "name", text: source.slice(position, end), position };
  }
  // Other white space is rare, so it is checked last.
  end = endOf(WHITE_SPACE, source, position);
  if (end > position) return tokenAt(source, end);
  // Do not split a surrogate pair.
  const text = String.fromCodePoint(source.codePointAt(position)!);
  return { kind: "unknown", text, position };
}

/** Reads all tokens but the end. */
export function* tokensOf(source: string): Generator<Token> {
  let token = tokenAt(source, 0);
  while (token.kind !== "end") {
    yield token;
    token = tokenAt(source, token.position + token.text.length);
  }
}

/** Whether a text is one name. */
export function isName(text: string): boolean {
  return text !== "" && endOf(NAME, text, 0) === text.length;
}

/** Quotes a token for a message, truncated: a name or a number may fill a whole frame. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** The end of a match of a sticky pattern; `position` if there is none. */
function endOf(pattern: RegExp, source: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.test(source) ? pattern.lastIndex : position;
}
