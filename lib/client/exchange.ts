import type { Frame } from "../protocol/mod.ts";

/** An expression, its request and its response, as far as the exchange got. */
export interface Exchange {
  /** The expression as it was typed. */
  readonly input: string;
  /** The expression as it was sent; as it was typed if it cannot be read. */
  expression: string;
  /** `undefined` if the expression could not be sent. */
  request: Frame | undefined;
  /** `undefined` if there was no answer. */
  response: Frame | undefined;
  /**
   * The time until there was an answer or an error, in milliseconds, including
   * the time to connect.
   */
  elapsed: number | undefined;
}
