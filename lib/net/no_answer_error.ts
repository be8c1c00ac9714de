/**
 * Why a peer gave no answer. `untrusted` is a failed TLS handshake, for instance
 * because one side does not trust the certificate of the other; `busy` is a peer at its
 * connection limit; `garbled` is an invalid response.
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
 * before the first byte of the response, `answering` after it.
 */
export type NoAnswerPhase = "connecting" | "waiting" | "answering";

/** Options for {@linkcode NoAnswerError}. */
export interface NoAnswerOptions extends ErrorOptions {
  /**
   * How far the exchange had come.
   *
   * @default {"answering"}
   */
  phase?: NoAnswerPhase | undefined;
}

/**
 * Reports that a peer gave no answer.
 *
 * @example Usage
 * ```ts
 * import { ask, encodeRequest, NoAnswerError } from "@calculator/tcp";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * // Nothing listens on a port that was just released.
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
  /** Why there was no answer. */
  readonly reason: NoAnswerReason;
  /** How far the exchange had come. */
  readonly phase: NoAnswerPhase;

  /**
   * Creates an error.
   *
   * @param reason Why there was no answer.
   * @param message One human-readable sentence.
   * @param options How far the exchange had come, and the underlying error.
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
