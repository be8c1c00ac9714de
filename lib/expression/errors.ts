/**
 * What can be wrong with an expression. The names are stable: they are what
 * goes over the wire and what a program may test for.
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
 * An expression that cannot be read or has no value.
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
   * Where in the text the error stands, in UTF-16 code units from 0.
   * `undefined` when the text is sound and its calculation failed.
   */
  readonly position: number | undefined;

  /**
   * Makes an error.
   *
   * @param name The kind of error.
   * @param message One sentence for a person.
   * @param position Where in the text, if it is about a place.
   */
  constructor(name: ExpressionErrorName, message: string, position?: number) {
    super(message);
    this.name = name;
    this.position = position;
  }
}
