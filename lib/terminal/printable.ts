/**
 * Makes untrusted text safe for a terminal. Control and format characters could
 * move the cursor, reorder or hide text, or end a line early.
 *
 * @module
 */

/** Control and format characters, line and paragraph separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Escapes unprintable characters, as `\x1b`, `\u202e` or `\u{e0001}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0xff) return `\\x${hex(code, 2)}`;
    return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
  });
}

/**
 * Escapes unprintable characters in the beginning of a text. The text is cut
 * before it is escaped, so that no escape is cut.
 *
 * @param text The text.
 * @param most The maximum number of characters before an ellipsis.
 */
export function printableStart(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length > most
    ? `${printable(characters.slice(0, most).join(""))}…`
    : printable(text);
}

/**
 * Formats a value as JSON with unprintable characters escaped, most of which
 * `JSON.stringify` does not escape.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    // JSON can only escape UTF-16 code units.
    (character) =>
      character.split("").map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
        .join(""),
  );
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
