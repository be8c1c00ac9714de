import type { Frame } from "./frame.ts";

/**
 * Everything that answers: a request in, a response out, now or later. A
 * server's handler computes, a proxy's asks another; a cache is a function from
 * handler to handler.
 *
 * One that throws, or rejects, is answered for with status 500 and told as a
 * fault of its own.
 *
 * @param request The request. It is valid until the response is there: what is
 * to be kept longer must be copied.
 * @param client Who asks, as `HOST:PORT`.
 * @returns The response.
 */
export type Handler = (
  request: Frame,
  client: string,
) => Frame | Promise<Frame>;
