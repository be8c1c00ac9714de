/**
 * Bytes that are not what the protocol says they must be, or that do not fit
 * into it. The message names what was expected and what was found.
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
