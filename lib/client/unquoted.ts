import { ExpressionError } from "../expression/mod.ts";
import { UsageError } from "../terminal/command_line.ts";
import { parseTyped } from "./parse_typed.ts";

/**
 * Refuses an expression that was typed without quotes. The shell splits it at
 * spaces, and replaces a `*` with the names of files.
 *
 * @param operands The operands of a command line.
 * @throws {UsageError} If they look like parts of a single expression.
 */
export function refuseUnquoted(operands: readonly string[]): void {
  const faulty = operands.filter((operand) => !isExpression(operand));
  if (operands.length < 2 || faulty.length === 0) return;
  const file = faulty.find((operand) => FILE_NAME.test(operand));
  if (file !== undefined) {
    throw new UsageError(
      `quote the expression: the shell has replaced a * with "${cut(file)}"`,
    );
  }
  // An operand with a space in it was quoted.
  if (operands.some((operand) => /^$|\s/.test(operand))) return;
  const whole = operands.join(" ");
  if (isExpression(whole) || faulty.some((operand) => PART.test(operand))) {
    throw new UsageError(`quote the expression: "${cut(whole)}"`);
  }
}

/** A name with an extension, or a path. */
const FILE_NAME = /^[\p{L}_][^()]*\.\p{L}\w*$|^[.~]*\/[\p{L}_.]/u;

/** An operator alone, or an unknown name alone. */
const PART = /^(?:[^\p{L}\p{N}]+|\p{L}+)$/u;

function isExpression(text: string): boolean {
  try {
    parseTyped(text);
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** Truncates a long text. */
function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
