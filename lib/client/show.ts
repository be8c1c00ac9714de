/**
 * How results and errors look on a terminal.
 *
 * @module
 */

import type { ExpressionError } from "../expression/mod.ts";
import type { Answer } from "../message/mod.ts";
import { printable } from "../terminal/printable.ts";
import type { Style } from "../terminal/style.ts";
import { showSteps } from "./steps_in_window.ts";

/**
 * Writes a result and, if there are any, the steps to it, under one another.
 *
 * @param answer The result and the steps.
 * @param style How the result and what changes from step to step are marked.
 * @param columns How many columns the window has that the steps are to fit;
 * `undefined` in a pipe.
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
  // The expression is known, and a single step only repeats the result.
  if (steps.length === 2 && answer.steps[1] === answer.result) return result;
  return [result, "Steps:", ...showSteps(steps, columns, style)].join("\n");
}

/** Writes steps as they have always been in a pipe, where programs read them. */
function inPipe([given = "", ...steps]: readonly string[]): string[] {
  // Beyond this there is no seeing what stands below what.
  const indent = " ".repeat(Math.min(given.length, MAX_INDENT));
  const lines = steps.map((step, index) =>
    `${index === 0 ? given : indent} = ${step}`
  );
  return lines.length > 0 ? lines : [given];
}

/** How far the second step and those below it are moved to the right at most. */
const MAX_INDENT = 200;

/** How many characters of an expression are shown before and after an error. */
const CONTEXT = 60;

/** Writes an expression that failed as a whole, cut short where it is long. */
export function showFailure(
  expression: string,
  message: string,
  { red }: Style,
): string {
  const shown = beginning(expression, 2 * CONTEXT);
  return `${shown}: ${red(printable(message))}`;
}

/** Writes an expression with an arrow below it that points at its error. */
export function showError(
  source: string,
  { message, position = 0 }: ExpressionError,
  { red }: Style,
): string {
  const before = ending(source.slice(0, position), CONTEXT);
  const after = beginning(source.slice(position), CONTEXT);
  const indent = " ".repeat([...before].length);
  return `${before}${after}\n${indent}${red(`^ ${printable(message)}`)}`;
}

// Text is cut before it is escaped, so that no escape and no character is cut.

function beginning(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most
    ? `${oneLine(characters.slice(0, most))}…`
    : oneLine(characters);
}

function ending(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most
    ? `…${oneLine(characters.slice(-most))}`
    : oneLine(characters);
}

/** Makes white space of any height or width a blank, so that the arrow stays in place. */
function oneLine(characters: readonly string[]): string {
  return printable(characters.join("").replace(/[\t-\r\p{Zs}]/gu, " "));
}
