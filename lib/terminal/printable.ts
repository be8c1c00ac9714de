/**
 * Text from elsewhere, made fit for a terminal. Control and format characters
 * could move its cursor, reorder or hide what it shows, or end a line early.
 *
 * @module
 */

/** Control and format characters, line and paragraph separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Escapes such characters, as `\x1b`, `\u202e` or `\u{e0001}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0xff) return `\\x${hex(code, 2)}`;
    return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
  });
}

/**
 * Escapes such characters in the beginning of a text. It is cut before it is
 * escaped, so that no escape is cut.
 *
 * @param text The text.
 * @param most The most characters of it that are shown, before an ellipsis.
 */
export function printableStart(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length > most
    ? `${printable(characters.slice(0, most).join(""))}…`
    : printable(text);
}

/**
 * Writes JSON that escapes such characters, of which `JSON.stringify` leaves most
 * as they are. The value remains the same.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    // JSON has escapes for code units alone.
    (character) =>
      character.split("").map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
        .join(""),
  );
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
