/**
 * Formats results and errors for a terminal.
 *
 * @module
 */

import { unicodeWidth } from "@std/cli/unicode-width";
import type { ExpressionError } from "../expression/mod.ts";
import type { Answer } from "../message/mod.ts";
import { printable } from "../terminal/printable.ts";
import type { Style } from "../terminal/style.ts";
import { wrap } from "../terminal/wrap.ts";
import { showSteps } from "./steps_in_window.ts";

/**
 * Formats a result and its steps, if any, one below the other.
 *
 * @param answer The result and the steps.
 * @param style How to mark the result and what changes from step to step.
 * @param columns The width of the window to fit; `undefined` in a pipe.
 */
export function showAnswer(
  answer: Answer,
  style: Style,
  columns?: number,
): string {
  const result = `Result: ${style.bold(printable(answer.result))}`;
  const steps = answer.steps.map(printable);
  if (steps.length === 0) return result;
  if (columns === undefined) {
    return [result, "Steps:", ...inPipe(steps)].join("\n");
  }
  // A single step would only repeat the result.
  if (steps.length === 2 && answer.steps[1] === answer.result) return result;
  return [result, "Steps:", ...showSteps(steps, columns, style)].join("\n");
}

/** Formats steps for a pipe, in the form that programs rely on. */
function inPipe([given = "", ...steps]: readonly string[]): string[] {
  // With a larger indent, lines wrap and no longer align.
  const indent = " ".repeat(Math.min(given.length, MAX_INDENT));
  const lines = steps.map((step, index) =>
    `${index === 0 ? given : indent} = ${step}`
  );
  return lines.length > 0 ? lines : [given];
}

/** The maximum indent of the steps after the first, in characters. */
const MAX_INDENT = 200;

/** How many characters of an expression to show before and after an error. */
const CONTEXT = 60;

/** Formats an expression that failed, truncated if it is long. */
export function showFailure(
  expression: string,
  message: string,
  { red }: Style,
): string {
  const shown = beginning(expression, 2 * CONTEXT);
  return `${shown}: ${red(printable(message))}`;
}

/**
 * Formats an expression with an arrow below it that points at the error.
 *
 * @param source The expression as it was typed.
 * @param error The error.
 * @param style How to mark the error.
 * @param columns The width of the window to fit; `undefined` in a pipe.
 */
export function showError(
  source: string,
  { message, position = 0 }: ExpressionError,
  { red }: Style,
  columns?: number,
): string {
  const [before, after] = around(source, position, columns);
  const indent = " ".repeat(unicodeWidth(before));
  const beside = `^ ${printable(message)}`;
  if (
    columns === undefined ||
    indent.length + unicodeWidth(beside) <= columns
  ) {
    return `${before}${after}\n${indent}${red(beside)}`;
  }
  const words = printable(message).split(" ");
  const below = wrap(words, columns).map((line) => red(line));
  return [before + after, indent + red("^"), ...below].join("\n");
}

/** The text to show before and after a position in an expression. */
function around(
  source: string,
  position: number,
  columns: number | undefined,
): [before: string, after: string] {
  const [before, after] = [source.slice(0, position), source.slice(position)];
  if (columns === undefined) {
    return [ending(before, CONTEXT), beginning(after, CONTEXT)];
  }
  const whole = [oneLine(before), oneLine(after)] as const;
  if (unicodeWidth(whole.join("")) < columns) return [...whole];
  const width = (character: string) => unicodeWidth(oneLine(character));
  // An ellipsis takes a column at either end.
  const left = ending(before, Math.floor(columns / 2) - 1, width);
  const room = columns - unicodeWidth(left) - 1;
  return [left, beginning(after, room, width)];
}

// Text is truncated before it is escaped, so that no escape is cut.

/** The beginning of a text, truncated to fit. */
function beginning(text: string, room: number, size = one): string {
  const characters = [...text];
  const shown = fitting(characters, room, size);
  return shown.length < characters.length
    ? `${oneLine(shown.join(""))}…`
    : oneLine(text);
}

/** The end of a text, truncated to fit. */
function ending(text: string, room: number, size = one): string {
  const characters = [...text].reverse();
  const shown = fitting(characters, room, size);
  return shown.length < characters.length
    ? `…${oneLine(shown.reverse().join(""))}`
    : oneLine(text);
}

/** The first characters whose sizes add up to no more than the room. */
function fitting(
  characters: readonly string[],
  room: number,
  size: (character: string) => number,
): string[] {
  let left = room;
  const end = characters.findIndex((character) => {
    left -= size(character);
    return left < 0;
  });
  return end < 0 ? [...characters] : characters.slice(0, end);
}

/** The size of a character in a pipe, where characters are counted. */
function one(_character: string): number {
  return 1;
}

/** Makes white space of any height or width a blank, so that the arrow stays in place. */
function oneLine(text: string): string {
  return printable(text.replace(/[\t-\r\p{Zs}]/gu, " "));
}
