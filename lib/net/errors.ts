/** Why a peer gave no answer; only one that refused was certainly not reached. */
export type NoAnswerReason =
  | "refused"
  | "unreachable"
  | "timed out"
  | "closed"
  | "garbled";

/**
 * A peer that gave no answer.
 *
 * @example Usage
 * ```ts
 * import { ask, encodeRequest, NoAnswerError } from "@calculator/tcp";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * // Nobody listens on a port that has just been given back.
 * const listener = Deno.listen({ port: 0 });
 * const { port } = listener.addr;
 * listener.close();
 * const error = await assertRejects(
 *   () => ask({ hostname: "127.0.0.1", port }, encodeRequest("1 + 2")),
 *   NoAnswerError,
 * );
 * assertEquals(error.reason, "refused");
 * ```
 */
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
