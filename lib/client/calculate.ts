import { format, parse } from "../expression/mod.ts";
import { type Address, ask, type ConnectOptions } from "../net/mod.ts";
import {
  type Answer,
  decodeResponse,
  encodeRequest,
  type RequestOptions,
} from "../message/mod.ts";

/** Options for {@linkcode calculate}. */
export interface CalculateOptions extends RequestOptions, ConnectOptions {}

/**
 * Has an expression computed by a server, or through a proxy, in its canonical
 * form, so that all ways to space and bracket it share a cache entry.
 *
 * @param address Whom to ask.
 * @param expression What to compute.
 * @param options Whether to include steps, which cached answers will do, and
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
  address: Address,
  expression: string,
  options: CalculateOptions = {},
): Promise<Answer> {
  const request = encodeRequest(format(parse(expression)), options);
  return decodeResponse(await ask(address, request, options));
}
