/**
 * How results and errors look on a terminal.
 *
 * @module
 */

import type { ExpressionError } from "../expression/mod.ts";
import type { Answer } from "../message/mod.ts";
import { printable } from "../terminal/printable.ts";
import type { Style } from "../terminal/style.ts";

/** Writes a result and, if there are any, the steps to it, under one another. */
export function showAnswer(
  answer: Answer,
  { bold }: Style,
): string {
  const [given, ...steps] = answer.steps.map(printable);
  const shown = [`Result: ${bold(printable(answer.result))}`];
  if (given !== undefined) {
    // Beyond this there is no seeing what stands below what.
    const indent = " ".repeat(Math.min(given.length, MAX_INDENT));
    const lines = steps.map((step, index) =>
      `${index === 0 ? given : indent} = ${step}`
    );
    shown.push("Steps:", ...(lines.length > 0 ? lines : [given]));
  }
  return shown.join("\n");
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
