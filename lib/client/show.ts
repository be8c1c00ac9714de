/**
 * Formats results and errors for a terminal.
 *
 * @module
 */

import type { ExpressionError } from "../expression/mod.ts";
import type { Answer } from "../message/mod.ts";
import { printable } from "../terminal/printable.ts";
import type { Style } from "../terminal/style.ts";

/** Formats a result and its steps, if any, one below the other. */
export function showAnswer(
  answer: Answer,
  { bold }: Style,
): string {
  const [given, ...steps] = answer.steps.map(printable);
  const shown = [`Result: ${bold(printable(answer.result))}`];
  if (given !== undefined) {
    // With a larger indent, lines wrap and no longer align.
    const indent = " ".repeat(Math.min(given.length, MAX_INDENT));
    const lines = steps.map((step, index) =>
      `${index === 0 ? given : indent} = ${step}`
    );
    shown.push("Steps:", ...(lines.length > 0 ? lines : [given]));
  }
  return shown.join("\n");
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

/** Formats an expression with an arrow below it that points at the error. */
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

// Text is truncated before it is escaped, so that no escape is cut.

function beginning(text: string, max: number): string {
  const characters = [...text];
  return characters.length > max
    ? `${oneLine(characters.slice(0, max))}…`
    : oneLine(characters);
}

function ending(text: string, max: number): string {
  const characters = [...text];
  return characters.length > max
    ? `…${oneLine(characters.slice(-max))}`
    : oneLine(characters);
}

/** Replaces each white-space character with a space, so that the arrow stays in place. */
function oneLine(characters: readonly string[]): string {
  return printable(characters.join("").replace(/[\t-\r\p{Zs}]/gu, " "));
}
