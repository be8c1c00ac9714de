import { annotate } from "../message/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import { printable } from "./printable.ts";
import { wrap } from "./wrap.ts";

/** The number of bytes in a line. */
const PER_LINE = 4;

/** The column where the meaning of the bytes begins. */
const MEANING = 16;

/** The approximate maximum number of lines for a frame: a pickled request fits. */
const MAX_LINES = 200;

/**
 * Lays out the bytes of a frame as text, as docs/protocol.md does: bytes on the
 * left, four a line, and on the right what they mean. The end of a long frame is
 * cut off and counted.
 *
 * @param frame The frame.
 * @param columns The width to fit the lines into.
 */
export function frameLines(frame: Frame, columns = Infinity): string[] {
  const lines: string[] = [];
  let shown = 0;
  for (const [bytes, meaning] of rows(frame)) {
    if (lines.length >= MAX_LINES) {
      const left = frame.bytes.length - shown;
      lines.push(`… ${left.toLocaleString("en")} more bytes`);
      break;
    }
    shown += bytes.length;
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
    const [beside = "", ...below] = wrap(
      printable(meaning).split(" "),
      columns - MEANING,
    );
    lines.push(
      `${digits.join(" ").padEnd(MEANING)}${beside}`.trimEnd(),
      ...below.map((line) => " ".repeat(MEANING) + line),
    );
  }
  return lines;
}

function* rows(
  frame: Frame,
): Generator<readonly [bytes: Uint8Array, meaning: string], void> {
  let end = 0;
  for (const { at, length, field, value } of annotate(frame)) {
    // A byte that several fields share stands beside the first of them.
    const bytes = frame.bytes.subarray(Math.max(at, end), at + length);
    end = at + length;
    const meanings = field === "text"
      ? charactersOf(value)
      : [`${field}: ${value}`].values();
    let start = 0;
    do {
      const meaning = meanings.next().value ?? "";
      yield [bytes.subarray(start, start + PER_LINE), meaning];
      start += PER_LINE;
    } while (start < bytes.length);
  }
}

const utf8 = new TextEncoder();

/** The characters of a text, line by line: each where its first byte is. */
function* charactersOf(text: string): Generator<string, void> {
  let line: string[] = [];
  let room = PER_LINE;
  for (const character of text) {
    if (room <= 0) {
      yield line.join(" ");
      line = [];
      room += PER_LINE;
    }
    line.push(character === " " ? "space" : character);
    room -= utf8.encode(character).length;
  }
  yield line.join(" ");
}
