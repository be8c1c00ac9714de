import { ExpressionError } from "../expression/mod.ts";
import { UsageError } from "../terminal/command_line.ts";
import { parseTyped } from "./parse_typed.ts";

/**
 * Refuses the pieces of an expression that was typed without quotes. The shell
 * hands them over one by one, and puts the names of files in the place of a `*`.
 *
 * @param operands The operands of a command line.
 * @throws {UsageError} If they look like pieces of one expression.
 */
export function refuseUnquoted(operands: readonly string[]): void {
  const faulty = operands.filter((operand) => !isExpression(operand));
  if (operands.length < 2 || faulty.length === 0) return;
  const file = faulty.find((operand) => FILE_NAME.test(operand));
  if (file !== undefined) {
    throw new UsageError(
      `quote the expression: the shell has put "${file}" in the place of a *`,
    );
  }
  // Who has quoted one expression knows how to.
  if (operands.some((operand) => /^$|\s/.test(operand))) return;
  const whole = operands.join(" ");
  if (isExpression(whole) || faulty.some((operand) => PIECE.test(operand))) {
    throw new UsageError(`quote the expression: "${cut(whole)}"`);
  }
}

/** A name with an extension, or a path. */
const FILE_NAME = /^[\p{L}_][^()]*\.\p{L}\w*$|^[.~]*\/[\p{L}_.]/u;

/** Signs without operands, or a word that is no name. */
const PIECE = /^(?:[^\p{L}\p{N}]+|\p{L}+)$/u;

function isExpression(text: string): boolean {
  try {
    parseTyped(text);
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** The beginning of a text that may be very long. */
function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
