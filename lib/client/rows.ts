import { unicodeWidth } from "@std/cli/unicode-width";

/**
 * Breaks a text into rows as a terminal does. The last row has room for another
 * character: it is empty if the text ends at the edge.
 *
 * @param text A text without control characters.
 * @param columns The width of a row.
 */
export function rowsOf(text: string, columns: number): string[] {
  const rows: string[] = [];
  let row = "";
  let width = 0;
  for (const character of text) {
    const more = unicodeWidth(character);
    // A wide character is never cut in half.
    if (width + more > columns) {
      rows.push(row);
      [row, width] = ["", 0];
    }
    row += character;
    width += more;
  }
  rows.push(row);
  if (width >= columns) rows.push("");
  return rows;
}
