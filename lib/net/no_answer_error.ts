/**
 * Why a peer gave no answer. `untrusted` is a TLS handshake that failed for good,
 * such as over a certificate that nobody vouches for; `busy` a peer at its limit
 * of connections.
 */
export type NoAnswerReason =
  | "refused"
  | "unreachable"
  | "untrusted"
  | "timed out"
  | "closed"
  | "busy"
  | "garbled";

/**
 * How far an exchange had come when it failed: `waiting` is after connecting and
 * before the first byte of the answer, `answering` after it.
 */
export type NoAnswerPhase = "connecting" | "waiting" | "answering";

/** Options for {@linkcode NoAnswerError}. */
export interface NoAnswerOptions extends ErrorOptions {
  /**
   * How far the exchange had come.
   *
   * @default {"answering"}
   */
  phase?: NoAnswerPhase;
}

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
 * assertEquals([error.reason, error.phase], ["refused", "connecting"]);
 * ```
 */
export class NoAnswerError extends Error {
  /** Stable identifier. */
  override readonly name = "NoAnswerError";
  /** What happened instead. */
  readonly reason: NoAnswerReason;
  /** How far the exchange had come. */
  readonly phase: NoAnswerPhase;

  /**
   * Makes an error.
   *
   * @param reason What happened instead.
   * @param message One sentence for a person.
   * @param options How far the exchange had come, and the error beneath it.
   */
  constructor(
    reason: NoAnswerReason,
    message: string,
    { phase = "answering", ...options }: NoAnswerOptions = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.phase = phase;
  }
}
