/** The answer to a request. Numbers are text, so that no digit is lost. */
export interface Answer {
  /** The value of the expression. */
  readonly result: string;
  /** The steps to the result; empty if none were requested or there were none. */
  readonly steps: readonly string[];
}

/** The error that a response reports. */
export interface ErrorReport {
  /** Stable identifier, such as `DivisionByZero`. */
  readonly name: string;
  /** One human-readable sentence. */
  readonly message: string;
  /**
   * The position in the expression, in UTF-16 code units from 0, if the error
   * has one.
   */
  readonly position?: number | undefined;
}

/**
 * An encoding of payloads: the expression of a request, the answer of a success
 * and the report of an error. Decoding throws a {@linkcode ProtocolError} that
 * names what was expected.
 */
export interface PayloadFormat {
  /** Encodes the payload of a request. */
  encodeExpression(expression: string): Uint8Array;
  /** Decodes the payload of a request. */
  decodeExpression(payload: Uint8Array): string;
  /** Encodes the payload of a success. */
  encodeAnswer(answer: Answer): Uint8Array;
  /** Decodes the payload of a success. */
  decodeAnswer(payload: Uint8Array): Answer;
  /** Encodes the payload of an error. */
  encodeReport(report: ErrorReport): Uint8Array;
  /** Decodes the payload of an error. */
  decodeReport(payload: Uint8Array): ErrorReport;
}
