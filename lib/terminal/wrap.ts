/**
 * Breaks words into lines.
 *
 * @param words The words; one that is wider than a line gets a line to itself.
 * @param width The maximum width of a line.
 * @param gap The text between two words.
 */
export function wrap(
  words: readonly string[],
  width: number,
  gap = " ",
): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)}${gap}${word}`;
    if (lines.length > 0 && longer.length <= width) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
