/** The lines of standard input, including blank ones. */
export function readLines(): AsyncGenerator<string> {
  // The byte order mark is kept: input that consists of it alone is not empty.
  const decoder = new TextDecoderStream("utf-8", { ignoreBOM: true });
  return linesOf(Deno.stdin.readable.pipeThrough(decoder));
}

/**
 * Splits text into lines, which end at `\n`, `\r\n` or `\r` and nowhere else.
 * Each line is yielded as soon as it is complete.
 *
 * @param chunks The text, split anywhere.
 */
export async function* linesOf(
  chunks: AsyncIterable<string>,
): AsyncGenerator<string> {
  let begun = "";
  let endsInReturn = false;
  for await (const chunk of chunks) {
    if (chunk === "") continue;
    // A `\r\n` may be split between two chunks.
    const text = endsInReturn ? chunk.replace(/^\n/, "") : chunk;
    endsInReturn = chunk.endsWith("\r");
    const [rest = "", ...others] = text.split(/\r\n|\n|\r/);
    begun += rest;
    for (const line of others) {
      yield begun;
      begun = line;
    }
  }
  if (begun !== "") yield begun;
}
