/**
 * Bytes that are not what the protocol says they must be, or that do not fit
 * into it. The message names what was expected and what was found.
 *
 * @example Usage
 * ```ts
 * import { Frame, ProtocolError } from "@calculator/tcp";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => new Frame(new Uint8Array(5)),
 *   ProtocolError,
 *   "a frame has 12 bytes at least: found 5",
 * );
 * ```
 */
export class ProtocolError extends Error {
  /** Stable identifier, as it goes over the wire. */
  override readonly name: "ProtocolError" | "TooLarge";

  /**
   * Makes an error.
   *
   * @param message One sentence for a person.
   * @param name `TooLarge` for what does not fit into one frame.
   */
  constructor(
    message: string,
    name: "ProtocolError" | "TooLarge" = "ProtocolError",
  ) {
    super(message);
    this.name = name;
  }
}
