import type { Handler } from "../protocol/mod.ts";
import type { Address } from "./address.ts";
import { ask } from "./ask.ts";
import { NoAnswerError } from "./errors.ts";
import type { Trust } from "./tls.ts";

/** Options for {@linkcode forwardTo}. */
export interface ForwardOptions {
  /**
   * How often to try an upstream that refuses the connection.
   *
   * @default {5}
   */
  attempts?: number;
  /**
   * How long to wait between two attempts, in milliseconds.
   *
   * @default {500}
   */
  retryDelay?: number;
  /**
   * How long the answer may take, in milliseconds.
   *
   * @default {5_000}
   */
  timeout?: number;
  /**
   * How long connecting may take, in milliseconds.
   *
   * @default {2_000}
   */
  connectTimeout?: number;
  /** Whom to trust, where upstream speaks TLS. */
  tls?: Trust;
}

/**
 * A handler that asks somebody else: for each request it opens a connection,
 * exchanges one frame, and closes the connection before it answers.
 *
 * @param upstream Whom to ask.
 * @param options How often to try, how long to wait, and whether over TLS.
 * @returns The handler. It rejects with a {@linkcode NoAnswerError} if there is
 * no answer.
 * @throws {RangeError} If `attempts` is not a whole number from 1 on.
 *
 * @example A server before a server
 * ```ts
 * import { ask, calculator, decodeResponse, encodeRequest, forwardTo, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * await using front = serve({ port: 0 }, forwardTo(server.address));
 * const response = await ask(front.address, encodeRequest("1 + 2"));
 * assertEquals(decodeResponse(response).result, "3");
 * ```
 */
export function forwardTo(
  upstream: Address,
  {
    attempts = 5,
    retryDelay = 500,
    timeout = 5_000,
    connectTimeout = 2_000,
    tls,
  }: ForwardOptions = {},
): Handler {
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw new RangeError(
      `There must be a whole number of attempts, at least 1: received ${attempts}`,
    );
  }
  const options = { timeout, connectTimeout, ...(tls && { tls }) };
  return async (request) => {
    for (let attempt = 1;; attempt++) {
      try {
        return await ask(upstream, request, options);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        if (error.reason !== "refused") throw error;
        if (attempt >= attempts) throw afterAttempts(error, attempt);
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelay));
    }
  };
}

function afterAttempts(cause: NoAnswerError, attempts: number): NoAnswerError {
  const count = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const message = `${cause.message} after ${count}`;
  return new NoAnswerError(cause.reason, message, { cause });
}
