/**
 * A calculator over TCP. {@linkcode calculate} has an expression computed; the
 * rest are pieces that fit together: expressions
 * ({@linkcode parse}, {@linkcode evaluate}, {@linkcode format}), the frames of
 * its protocol ({@linkcode Frame}, {@linkcode encodeRequest},
 * {@linkcode decodeResponse}), handlers that answer them
 * ({@linkcode calculator}, {@linkcode proxy}, {@linkcode cached}), and both
 * ends of a connection ({@linkcode serve}, {@linkcode serveTls},
 * {@linkcode ask}).
 *
 * @example A server and a question
 * ```ts
 * import { ask, calculator, decodeResponse, encodeRequest, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * const response = await ask(server.address, encodeRequest("max(2, 3) + 3"));
 * const { result, steps } = decodeResponse(response);
 * assertEquals(result, "6");
 * assertEquals(steps, ["max(2, 3) + 3", "3 + 3", "6"]);
 * ```
 *
 * @module
 */

export * from "./cache/mod.ts";
export { calculate, type CalculateOptions } from "./client/calculate.ts";
export { calculator } from "./calculator.ts";
export * from "./expression/mod.ts";
export * from "./message/mod.ts";
export * from "./net/mod.ts";
export * from "./protocol/mod.ts";
export { proxy, type ProxyOptions } from "./proxy.ts";
