/**
 * The kinds of errors in expressions. The names are stable: they are sent on the
 * wire, and programs may test for them.
 */
export type ExpressionErrorName =
  | "SyntaxError"
  | "UnknownName"
  | "WrongArguments"
  | "TooDeep"
  | "DivisionByZero"
  | "DomainError"
  | "OutOfRange"
  | "TooLarge";

/**
 * Reports an expression that cannot be parsed or has no value.
 *
 * @example A calculation that fails
 * ```ts
 * import { evaluate, ExpressionError } from "@calculator/tcp";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => evaluate("1 / 0"), ExpressionError);
 * assertEquals(error.name, "DivisionByZero");
 * assertEquals(error.message, "division by zero");
 * ```
 */
export class ExpressionError extends Error {
  /** Stable identifier of the kind of error. */
  override readonly name: ExpressionErrorName;
  /**
   * The position of the error in the text, in UTF-16 code units from 0, or
   * `undefined` if the text was parsed and evaluation failed.
   */
  readonly position: number | undefined;

  /**
   * Creates an error.
   *
   * @param name The kind of error.
   * @param message One human-readable sentence.
   * @param position The position in the text, if the error has one.
   */
  constructor(name: ExpressionErrorName, message: string, position?: number) {
    super(message);
    this.name = name;
    this.position = position;
  }
}
