/** Why a peer gave no answer; only one that refused was certainly not reached. */
export type NoAnswerReason =
  | "refused"
  | "unreachable"
  | "timed out"
  | "closed"
  | "garbled";

/** A peer that gave no answer. */
export class NoAnswerError extends Error {
  /** Stable identifier. */
  override readonly name = "NoAnswerError";
  /** What happened instead. */
  readonly reason: NoAnswerReason;

  /**
   * Makes an error.
   *
   * @param reason What happened instead.
   * @param message One sentence for a person.
   * @param options The error beneath it, if there is one.
   */
  constructor(
    reason: NoAnswerReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.reason = reason;
  }
}
