import { unicodeWidth } from "@std/cli/unicode-width";

/**
 * The rows that a text takes up in a window, broken as a terminal breaks them.
 * The last one has room for another character: it is empty where the text ends
 * at the edge.
 *
 * @param text A text without control characters.
 * @param columns How many columns a row has.
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
