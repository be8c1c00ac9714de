import { format, parse } from "../expression/mod.ts";
import {
  type Answer,
  decodeResponse,
  encodeRequest,
  type RequestOptions,
} from "../message/mod.ts";
import {
  type Address,
  ask,
  Connection,
  type ConnectOptions,
} from "../net/mod.ts";
import type { Frame } from "../protocol/mod.ts";

/** Options for {@linkcode calculate}. */
export interface CalculateOptions extends RequestOptions, ConnectOptions {}

/**
 * Evaluates an expression on a server, directly or through a proxy. It is sent
 * in its canonical form, so that all ways to space and bracket it share a cache
 * entry.
 *
 * @param target The address to connect to, or a connection that is open, which
 * stays open.
 * @param expression The expression.
 * @param options Whether to include steps, which cached answers to accept, and
 * how long to wait.
 * @returns The result and the steps.
 * @throws {ExpressionError} If the expression cannot be read; nothing is sent then.
 * @throws {RemoteError} If the answer is an error.
 * @throws {NoAnswerError} If there is no answer.
 * @throws {ProtocolError} If the expression is too long for a frame, or the
 * answer is none.
 * @throws {RangeError} If `maxAge` is not a whole number from 0 to 65,534 or `Infinity`.
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
  const response = target instanceof Connection
    ? await target.ask(request)
    : await ask(target, request, options);
  return decodeResponse(response);
}

/**
 * Makes the request for an expression in its canonical form, so that all ways to
 * space and bracket it share a cache entry.
 *
 * @throws {ExpressionError} If the expression cannot be read.
 * @throws {ProtocolError} If it is too long for a frame.
 */
export function canonicalRequest(
  expression: string,
  options?: RequestOptions,
): Frame {
  return encodeRequest(format(parse(expression)), options);
}
