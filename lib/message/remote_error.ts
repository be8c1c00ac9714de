import type { ErrorReport } from "./payload_format.ts";

/**
 * Reports an error response from a server or a proxy.
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
  /** The position in the expression that was sent, if the error has one. */
  readonly position: number | undefined;
  /** 400 to 499 for a client error, 500 to 599 for an error of a server or a proxy. */
  readonly status: number;

  /**
   * Creates an error.
   *
   * @param status The status code of the response.
   * @param report The decoded payload of the response.
   */
  constructor(status: number, { name, message, position }: ErrorReport) {
    super(message);
    this.name = name;
    this.position = position;
    this.status = status;
  }
}
