import {
  encodeClientError,
  encodeServerError,
  formatOf,
} from "./message/mod.ts";
import {
  type ErrorResponse,
  serve as serveFrames,
  type ServeOptions,
  type Server,
} from "./net/mod.ts";
import type { Handler } from "./protocol/mod.ts";

/**
 * Listens on a port and answers requests with a handler, as `Deno.serve` does
 * for HTTP. Errors of the server itself, such as `Busy`, have a payload that
 * clients of the calculator can decode.
 *
 * @param options Where to listen, limits, timeouts and a watcher.
 * @param handler The handler that answers requests.
 * @returns The server, already listening.
 * @throws {Deno.errors.AddrInUse} If the port is in use.
 * @throws {RangeError} If an option is out of range.
 * @throws {TypeError} If a TLS option is unknown, or the certificate and its key
 * cannot be parsed or do not match.
 * @throws The reason of the signal, if it is aborted.
 *
 * @example Usage
 * ```ts
 * import { calculate, calculator, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * const { result } = await calculate(server.address, "2 ** 10");
 * assertEquals(result, "1024");
 * ```
 *
 * @example With TLS
 * ```ts
 * import { calculator, serve, type Server } from "@calculator/tcp";
 *
 * async function start(): Promise<Server> {
 *   const cert = await Deno.readTextFile("cert.pem");
 *   const key = await Deno.readTextFile("key.pem");
 *   return serve({ port: 9999, tls: { cert, key } }, calculator());
 * }
 * ```
 */
export function serve(options: ServeOptions, handler: Handler): Server {
  return serveFrames({
    ...options,
    errorResponse: options.errorResponse ?? errorResponse,
  }, handler);
}

/** Reports an error in the format of the request, if there is one. */
const errorResponse: ErrorResponse = (error, request) => {
  const format = request && { format: formatOf(request.payload) };
  return error.status === 400
    ? encodeClientError(error, format)
    : encodeServerError(error, format);
};
