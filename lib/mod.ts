/**
 * A calculator over TCP. {@linkcode calculate} evaluates an expression on a
 * server, {@linkcode serve} runs a handler on a port, and {@linkcode calculator}
 * and {@linkcode proxy} create the handlers to run.
 *
 * Their building blocks have separate entry points:
 * `@calculator/tcp/expression` (text to tree to value), `/protocol` (frames),
 * `/message` (requests and responses), `/cache` (freshness and store), `/redis` (a
 * cache that several proxies share) and `/net` (both ends of a connection).
 *
 * @example A server, a proxy and a request
 * ```ts
 * import { calculate, calculator, proxy, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * await using cache = serve({ port: 0 }, proxy(server.address));
 * const { result, steps } = await calculate(cache.address, "max(2, 3) + 3");
 * assertEquals(result, "6");
 * assertEquals(steps, ["max(2, 3) + 3", "3 + 3", "6"]);
 * ```
 *
 * @module
 */

export { calculate, type CalculateOptions } from "./client/calculate.ts";
export { serve } from "./serve.ts";
export { calculator, type CalculatorOptions } from "./calculator.ts";
export { proxy, type ProxyFact, type ProxyOptions } from "./proxy.ts";
export { timeLimit } from "./time_limit.ts";

export { cached, ResponseStore } from "./cache/mod.ts";
export {
  evaluate,
  ExpressionError,
  format,
  parse,
  Vocabulary,
} from "./expression/mod.ts";
export {
  type Answer,
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "./message/mod.ts";
export {
  type Address,
  ask,
  connect,
  Connection,
  type ConnectOptions,
  forwardTo,
  NoAnswerError,
  type ServeOptions,
  Server,
  type TlsOptions,
} from "./net/mod.ts";
export {
  type Client,
  Frame,
  type Handler,
  ProtocolError,
} from "./protocol/mod.ts";
