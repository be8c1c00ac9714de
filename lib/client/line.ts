/**
 * A line that is being edited, and the effect of keys on it: pure functions from
 * line to line. The keys are those of GNU Readline.
 *
 * @module
 */

/** The text on the two sides of the cursor. */
export interface Line {
  /** The text before the cursor. */
  readonly before: string;
  /** The text after it. */
  readonly after: string;
}

/** A line without text. */
export const EMPTY: Line = { before: "", after: "" };

/** The whole text of a line. */
export function textOf({ before, after }: Line): string {
  return before + after;
}

/** Inserts a text at the cursor. */
export function insert({ before, after }: Line, text: string): Line {
  return { before: before + text, after };
}

/** The text that was deleted between two states of a line. */
export function deleted(from: Line, to: Line): string {
  return from.before.slice(to.before.length) +
    from.after.slice(0, from.after.length - to.after.length);
}

/** The keys that move the cursor. */
export const MOVES: ReadonlyMap<string, (line: Line) => Line> = new Map([
  ["left", (line) => move(line, -lastCharacter(line.before))],
  ["ctrl+b", (line) => move(line, -lastCharacter(line.before))],
  ["right", (line) => move(line, firstCharacter(line.after))],
  ["ctrl+f", (line) => move(line, firstCharacter(line.after))],
  ["ctrl+left", (line) => move(line, -lastWord(line.before))],
  ["meta+b", (line) => move(line, -lastWord(line.before))],
  ["ctrl+right", (line) => move(line, firstWord(line.after))],
  ["meta+f", (line) => move(line, firstWord(line.after))],
  ["home", toStart],
  ["ctrl+a", toStart],
  ["end", toEnd],
  ["ctrl+e", toEnd],
]);

/** The keys that delete a character. */
export const DELETIONS: ReadonlyMap<string, (line: Line) => Line> = new Map([
  ["backspace", (line) => deleteLeft(line, lastCharacter(line.before))],
  ["delete", deleteNext],
]);

/** The keys that delete more than one character, which Ctrl-Y inserts again. */
export const KILLS: ReadonlyMap<string, (line: Line) => Line> = new Map([
  ["ctrl+u", (line) => deleteLeft(line, line.before.length)],
  ["ctrl+k", (line) => deleteRight(line, line.after.length)],
  ["ctrl+w", (line) => deleteLeft(line, lastWord(line.before))],
  ["meta+backspace", (line) => deleteLeft(line, lastWord(line.before))],
  ["ctrl+delete", (line) => deleteRight(line, firstWord(line.after))],
  ["meta+d", (line) => deleteRight(line, firstWord(line.after))],
]);

/** Deletes the character after the cursor. */
export function deleteNext(line: Line): Line {
  return deleteRight(line, firstCharacter(line.after));
}

/** Puts the cursor at the start. */
function toStart(line: Line): Line {
  return { before: "", after: textOf(line) };
}

/** Puts the cursor at the end. */
function toEnd(line: Line): Line {
  return { before: textOf(line), after: "" };
}

function move(line: Line, by: number): Line {
  const text = textOf(line);
  const cursor = line.before.length + by;
  return { before: text.slice(0, cursor), after: text.slice(cursor) };
}

function deleteLeft({ before, after }: Line, length: number): Line {
  return { before: before.slice(0, before.length - length), after };
}

function deleteRight({ before, after }: Line, length: number): Line {
  return { before, after: after.slice(length) };
}

/** Splits text into characters as readers see them: a letter includes its accents. */
const characters = new Intl.Segmenter();

function firstCharacter(text: string): number {
  const [first] = characters.segment(text);
  return first?.segment.length ?? 0;
}

/** The maximum length of a character, in code units. */
const REACH = 64;

function lastCharacter(text: string): number {
  return [...characters.segment(text.slice(-REACH))].at(-1)?.segment.length ??
    0;
}

function firstWord(text: string): number {
  return /^\W*\w*/.exec(text)?.[0].length ?? 0;
}

function lastWord(text: string): number {
  // A regular expression for the end, `\w*\W*$`, would take quadratic time.
  let start = text.length;
  while (start > 0 && /\W/.test(text[start - 1]!)) start--;
  while (start > 0 && /\w/.test(text[start - 1]!)) start--;
  return text.length - start;
}
