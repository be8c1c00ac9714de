import { format, parse, type Vocabulary } from "../expression/mod.ts";
import {
  type Answer,
  decodeResponse,
  encodeRequest,
  type RequestOptions,
} from "../message/mod.ts";
import {
  type Address,
  connect,
  Connection,
  type ConnectOptions,
  NoAnswerError,
} from "../net/mod.ts";
import { type Frame, ProtocolError } from "../protocol/mod.ts";
import { refusal } from "../refusal.ts";

/**
 * Options for {@linkcode calculate}. For an open connection, `timeout` and `signal`
 * are the only ones about connections that apply.
 */
export interface CalculateOptions extends RequestOptions, ConnectOptions {
  /**
   * The functions and constants that the expression may name: those of the server.
   * With `format: pickle`, only the standard ones.
   *
   * @default {new Vocabulary()}
   */
  vocabulary?: Vocabulary | undefined;
}

/**
 * Evaluates an expression on a server, directly or through a proxy. It is sent
 * in canonical form, so that all spellings share one cache entry.
 *
 * @param target The address to connect to, or an open connection, which stays
 * open.
 * @param expression The expression.
 * @param options Steps, caching, a vocabulary, timeouts, TLS, an abort signal and a
 * watcher.
 * @returns The result and the steps.
 * @throws {ExpressionError} If the expression cannot be parsed. Nothing is sent.
 * @throws {RemoteError} If the response reports an error.
 * @throws {NoAnswerError} If there is no response, it does not decode, or the server
 * does not trust the client's certificate. The connection is then closed.
 * @throws {ProtocolError} If the expression is too long for a frame.
 * @throws {RangeError} If `maxAge` is not a whole number from 0 to 65,534 or `Infinity`,
 * or a time, the host name or the port is out of range.
 * @throws {TypeError} If a TLS option is unknown or cannot be parsed.
 * @throws The reason of the signal, if it is aborted.
 *
 * @example Usage
 * ```ts
 * import { calculate, calculator, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * assertEquals(await calculate(server.address, "max(2, 3) + 3"), {
 *   result: "6",
 *   steps: ["max(2, 3) + 3", "3 + 3", "6"],
 * });
 * ```
 */
export async function calculate(
  target: Address | Connection,
  expression: string,
  options: CalculateOptions = {},
): Promise<Answer> {
  const request = canonicalRequest(expression, options);
  if (target instanceof Connection) {
    return decodeAnswer(await target.ask(request, options), target);
  }
  using connection = await connect(target, options);
  return decodeAnswer(await connection.ask(request), connection);
}

/**
 * Decodes a response.
 *
 * @param response The response.
 * @param connection The connection that it arrived on. It is closed if the response
 * is not an answer.
 * @throws {RemoteError} If the response reports an error.
 * @throws {NoAnswerError} If it does not decode, or the server does not trust the
 * client's certificate.
 */
export function decodeAnswer(response: Frame, connection: Connection): Answer {
  try {
    if (response.status === 500) {
      const error = refusal(response, connection.peer);
      if (error?.reason === "untrusted") throw error;
    }
    return decodeResponse(response);
  } catch (cause) {
    if (cause instanceof NoAnswerError) connection.close();
    if (!(cause instanceof ProtocolError)) throw cause;
    connection.close();
    const message =
      `${connection.peer} sent an invalid response: ${cause.message}`;
    throw new NoAnswerError("garbled", message, { cause });
  }
}

/**
 * Creates the request for an expression, in canonical form.
 *
 * @throws {ExpressionError} If the expression cannot be parsed.
 * @throws {ProtocolError} If it is too long for a frame.
 */
export function canonicalRequest(
  expression: string,
  options: Pick<CalculateOptions, "vocabulary"> & RequestOptions = {},
): Frame {
  const { vocabulary, ...request } = options;
  return encodeRequest(format(parse(expression, vocabulary)), request);
}
