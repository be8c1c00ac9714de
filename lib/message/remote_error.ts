import type { ErrorReport } from "./payload_format.ts";

/**
 * An error that came as the answer to a request.
 *
 * @example Usage
 * ```ts
 * import { decodeResponse, RemoteError } from "@calculator/tcp";
 * import { encodeClientError } from "@calculator/tcp/message";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const response = encodeClientError({
 *   name: "DivisionByZero",
 *   message: "division by zero",
 * });
 * const error = assertThrows(() => decodeResponse(response), RemoteError);
 * assertEquals(error.status, 400);
 * assertEquals(error.name, "DivisionByZero");
 * ```
 */
export class RemoteError extends Error implements ErrorReport {
  /** Stable identifier of the kind of error, such as `DivisionByZero`. */
  override readonly name: string;
  /** Where in the expression that was sent, if it is about a place. */
  readonly position: number | undefined;
  /** 400 to 499 if the request is at fault, 500 to 599 if a server or a proxy is. */
  readonly status: number;

  /**
   * Makes an error.
   *
   * @param status The status code of the response.
   * @param report What its payload says.
   */
  constructor(status: number, { name, message, position }: ErrorReport) {
    super(message);
    this.name = name;
    this.position = position;
    this.status = status;
  }
}
