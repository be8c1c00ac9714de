/** A computed expression. Numbers are text, so that no digit is lost. */
export interface Answer {
  /** The value. */
  readonly result: string;
  /** The way there; empty if no steps were asked for or there were none. */
  readonly steps: readonly string[];
}

/** Why there is no answer. */
export interface ErrorReport {
  /** Stable identifier, such as `DivisionByZero`. */
  readonly name: string;
  /** One sentence for a person. */
  readonly message: string;
  /** Where in the expression, in UTF-16 code units from 0, if it is about a place. */
  readonly position?: number | undefined;
}

/**
 * A way to write down what frames carry. All that a role needs to know of it:
 * the expression of a request, the answer of a success, the report of an error,
 * each to and from bytes. Reading throws a {@linkcode ProtocolError} that says
 * what was expected.
 */
export interface PayloadFormat {
  /** Writes a request's payload. */
  encodeExpression(expression: string): Uint8Array;
  /** Reads a request's payload. */
  decodeExpression(payload: Uint8Array): string;
  /** Writes a success's payload. */
  encodeAnswer(answer: Answer): Uint8Array;
  /** Reads a success's payload. */
  decodeAnswer(payload: Uint8Array): Answer;
  /** Writes an error's payload. */
  encodeReport(report: ErrorReport): Uint8Array;
  /** Reads an error's payload. */
  decodeReport(payload: Uint8Array): ErrorReport;
}
