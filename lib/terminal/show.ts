/**
 * How results and errors look on a terminal.
 *
 * @module
 */

import type { ExpressionError } from "../expression/mod.ts";
import type { Answer } from "../protocol/mod.ts";
import type { Style } from "./style.ts";

/** Writes a result and, if there are any, the steps to it, under one another. */
export function showAnswer(
  { result, steps: [given, ...steps] }: Answer,
  { bold }: Style,
): string {
  const shown = [`Result: ${bold(result)}`];
  if (given !== undefined) {
    const indent = " ".repeat(given.length);
    const lines = steps.map((step, index) =>
      `${index === 0 ? given : indent} = ${step}`
    );
    shown.push("Steps:", ...lines);
  }
  return shown.join("\n");
}

/** How many characters of an expression are shown before and after an error. */
const CONTEXT = 60;

/** Writes an expression with an arrow below it that points at its error. */
export function showError(
  source: string,
  { message, position = 0 }: ExpressionError,
  { red }: Style,
): string {
  // White space of any kind becomes a blank, so that the arrow stays in place.
  const before = source.slice(0, position).replace(/\s/g, " ");
  const after = source.slice(position).replace(/\s/g, " ");
  const shown = [
    before.length > CONTEXT ? `…${before.slice(-CONTEXT)}` : before,
    after.length > CONTEXT ? `${after.slice(0, CONTEXT)}…` : after,
  ] as const;
  const indent = " ".repeat([...shown[0]].length);
  return `${shown.join("")}\n${indent}${red(`^ ${message}`)}`;
}
