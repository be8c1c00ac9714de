/**
 * How results and errors look on a terminal.
 *
 * @module
 */

import type { ExpressionError } from "../expression/mod.ts";
import type { Answer } from "../message/mod.ts";
import { printable, type Style } from "./style.ts";

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
  const shown = expression.length > 2 * CONTEXT
    ? `${expression.slice(0, 2 * CONTEXT)}…`
    : expression;
  return `${shown}: ${red(printable(message))}`;
}

/** Writes an expression with an arrow below it that points at its error. */
export function showError(
  source: string,
  { message, position = 0 }: ExpressionError,
  { red }: Style,
): string {
  // A blank for whatever is not one column wide, so that the arrow stays in place.
  const line = source.replace(/[\s\p{Cc}]/gu, " ");
  const before = line.slice(0, position);
  const after = line.slice(position);
  const shown = [
    before.length > CONTEXT ? `…${before.slice(-CONTEXT)}` : before,
    after.length > CONTEXT ? `${after.slice(0, CONTEXT)}…` : after,
  ] as const;
  const indent = " ".repeat([...shown[0]].length);
  return `${shown.join("")}\n${indent}${red(`^ ${message}`)}`;
}
