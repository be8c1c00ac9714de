import { unicodeWidth } from "@std/cli/unicode-width";
import type { Place } from "../expression/parse.ts";
import type { Style } from "../terminal/style.ts";
import { stepChanges } from "./step_changes.ts";

/** A step, and which parts of it are marked. */
interface MarkedStep {
  readonly text: string;
  /** What the step before it has just become. */
  readonly changed: readonly Place[];
  /** What is computed next. */
  readonly next: readonly Place[];
}

/**
 * Writes steps in a window. They stand beside the expression where there is room,
 * below it where there is not, and are broken before operators and behind commas
 * where one is too long for a line. A number or a name is never broken: the
 * window does that.
 *
 * @param steps The steps, the expression first.
 * @param columns How many columns the window has.
 * @param style How parts are marked.
 */
export function showSteps(
  steps: readonly string[],
  columns: number,
  style: Style,
): string[] {
  const [given, ...others] = mark(steps);
  if (!given) return [];
  const widths = others.map(({ text }) => unicodeWidth(text));
  const indent = unicodeWidth(given.text);
  if (indent + SIGN.length + Math.max(0, ...widths) <= columns) {
    const beside = others.map((step) => SIGN + paint(step, style));
    return others.length === 0 ? [paint(given, style)] : beside.map(
      (line, at) =>
        (at === 0 ? paint(given, style) : " ".repeat(indent)) + line,
    );
  }
  return [
    ...broken(given, columns, "", style),
    ...others.flatMap((step) => broken(step, columns, ` ${SIGN}`, style)),
  ];
}

/** What stands before a step. */
const SIGN = " = ";

/** How far the lines of a broken step are moved to the right of its first line. */
const HANGING = 4;

/** Marks what changes from step to step. */
function mark(steps: readonly string[]): MarkedStep[] {
  const changes = steps.slice(1).map((step, at) =>
    stepChanges(steps[at]!, step)
  );
  return steps.map((text, at) => ({
    text,
    changed: changes[at - 1]?.map(({ after }) => after) ?? [],
    next: changes[at]?.map(({ before }) => before) ?? [],
  }));
}

/** Writes a step in as many lines as it takes. */
function broken(
  step: MarkedStep,
  columns: number,
  sign: string,
  style: Style,
): string[] {
  const indent = " ".repeat(sign.length + HANGING);
  return linesOf(step.text, columns - sign.length, columns - indent.length)
    .map((place, at) => (at === 0 ? sign : indent) + paint(step, style, place));
}

/** A piece of a step that is never broken. */
interface Piece extends Place {
  readonly width: number;
  /** How many brackets are open where it begins. */
  readonly depth: number;
}

/** The lines that a step takes, the first of which may be longer than the others. */
function linesOf(text: string, first: number, others: number): Place[] {
  const pieces = piecesOf(text);
  const lines: Place[] = [];
  let from = 0;
  while (from < pieces.length) {
    const to = endOfLine(pieces, from, lines.length === 0 ? first : others);
    lines.push({ start: pieces[from]!.start, end: pieces[to - 1]!.end });
    from = to;
  }
  return lines;
}

/** White space before an operator or behind a comma, where a step may be broken. */
const BREAK = / (?=(?:\*\*|[-+*/%]) )|(?<=,) /g;

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let depth = 0;
  for (
    const end of [
      ...text.matchAll(BREAK).map(({ index }) => index),
      text.length,
    ]
  ) {
    const piece = text.slice(start, end);
    pieces.push({ start, end, width: unicodeWidth(piece), depth });
    for (const character of piece) {
      if (character === "(") depth++;
      if (character === ")") depth--;
    }
    start = end + 1;
  }
  return pieces;
}

/**
 * The end of the line that begins with a piece: where the fewest brackets are
 * open, as long as the line is at least half full.
 */
function endOfLine(
  pieces: readonly Piece[],
  from: number,
  room: number,
): number {
  let best = from + 1;
  let leastDepth = Infinity;
  let width = pieces[from]!.width;
  for (let at = from + 1; at < pieces.length; at++) {
    const { depth, width: more } = pieces[at]!;
    const isHalfFull = width >= room / 2;
    if (!isHalfFull || depth <= leastDepth) best = at;
    if (isHalfFull) leastDepth = Math.min(leastDepth, depth);
    width += 1 + more;
    if (width > room) return best;
  }
  return pieces.length;
}

/** Writes a step, or a part of it, with its marks. */
function paint(
  { text, changed, next }: MarkedStep,
  style: Style,
  { start, end }: Place = { start: 0, end: text.length },
): string {
  const edges = [...changed, ...next].flatMap((
    place,
  ) => [place.start, place.end])
    .filter((edge) => edge > start && edge < end);
  let from = start;
  let painted = "";
  for (const to of [...edges.sort((a, b) => a - b), end]) {
    const piece = text.slice(from, to);
    const isIn = (place: Place) => place.start <= from && from < place.end;
    painted += changed.some(isIn)
      ? style.changed(piece)
      : next.some(isIn)
      ? style.next(piece)
      : piece;
    from = to;
  }
  return painted;
}
