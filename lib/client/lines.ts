/** The lines of standard input, blank ones too. */
export function readLines(): AsyncGenerator<string> {
  // A byte order mark alone is a line: somebody has sent something.
  const decoder = new TextDecoderStream("utf-8", { ignoreBOM: true });
  return linesOf(Deno.stdin.readable.pipeThrough(decoder));
}

/**
 * Splits a text into lines, which end at `\n`, `\r\n` or `\r` and nowhere else.
 * Each line is yielded as soon as it has ended.
 *
 * @param chunks The text in pieces.
 */
export async function* linesOf(
  chunks: AsyncIterable<string>,
): AsyncGenerator<string> {
  let begun = "";
  let isReturned = false;
  for await (const chunk of chunks) {
    if (chunk === "") continue;
    // The line feed of a `\r\n` that is cut in two ends no further line.
    const text = isReturned ? chunk.replace(/^\n/, "") : chunk;
    isReturned = chunk.endsWith("\r");
    const [rest = "", ...others] = text.split(/\r\n|\n|\r/);
    begun += rest;
    for (const line of others) {
      yield begun;
      begun = line;
    }
  }
  if (begun !== "") yield begun;
}
