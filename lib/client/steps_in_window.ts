import { unicodeWidth } from "@std/cli/unicode-width";
import type { Place } from "../expression/parse.ts";
import type { Style } from "../terminal/style.ts";
import { stepChanges } from "./step_changes.ts";

/** A step and its marked parts. */
interface MarkedStep {
  readonly text: string;
  /** The parts that have just changed. */
  readonly changed: readonly Place[];
  /** The parts that are computed next. */
  readonly next: readonly Place[];
}

/**
 * Formats steps to fit a window: beside the expression if there is room, else
 * below it. A step that is too long for a line is broken before an operator or
 * after a comma, never within a number or a name.
 *
 * @param steps The steps, the expression first.
 * @param columns The width of the window.
 * @param style How to mark what is computed next and what has just changed.
 * @returns The lines. One is wider than the window only if a number is.
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

/** The text before a step. */
const SIGN = " = ";

/** The indent of the second and further lines of a step. */
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

/** Formats a step in as many lines as it needs. */
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

/** A part of a step that is never broken. */
interface Piece extends Place {
  readonly width: number;
  /** The number of parentheses that are open at its start. */
  readonly depth: number;
}

/** The lines of a step, given the width of the first one and of the others. */
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

/** A space before an operator or after a comma, where a step may be broken. */
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
 * The end of the line that begins with a piece: where the fewest parentheses are
 * open, provided that the line is at least half full.
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

/** Formats a step, or a part of it, with its marks. */
function paint(
  { text, changed, next }: MarkedStep,
  style: Style,
  { start, end }: Place = { start: 0, end: text.length },
): string {
  const marked = [...changed, ...next];
  const edges = marked.flatMap((place) => [place.start, place.end])
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
