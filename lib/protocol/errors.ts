/**
 * Bytes that violate the protocol, or a message that does not fit into a frame.
 * The error message names what was expected and what was found.
 *
 * @example Usage
 * ```ts
 * import { Frame, ProtocolError } from "@calculator/tcp";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => new Frame(new Uint8Array(5)),
 *   ProtocolError,
 *   "expected a frame of at least 12 bytes: found 5",
 * );
 * ```
 */
export class ProtocolError extends Error {
  /** Stable identifier, as sent on the wire. */
  override readonly name: "ProtocolError" | "TooLarge";

  /**
   * Creates an error.
   *
   * @param message One human-readable sentence.
   * @param name `TooLarge` if a message does not fit into one frame.
   */
  constructor(
    message: string,
    name: "ProtocolError" | "TooLarge" = "ProtocolError",
  ) {
    super(message);
    this.name = name;
  }
}
