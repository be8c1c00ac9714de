import type { Frame } from "./frame.ts";

/** Who sends requests: one object for each connection, made when it is accepted. */
export interface Client {
  /** A number that no other client of the same server has, from 1 on. */
  readonly id: number;
  /** The other end of its connection, as `HOST:PORT`. */
  readonly address: string;
}

/**
 * Everything that answers: a request in, a response out, now or later. A
 * server's handler computes, a proxy's asks a server; a cache is a function from
 * handler to handler.
 *
 * If it throws or rejects, the client gets a bare status 500, and the error is
 * reported to the server's watcher.
 *
 * @param request The request. It is valid until the response is there: what is
 * to be kept longer must be copied.
 * @param client Who sent it.
 * @returns The response.
 */
export type Handler = (
  request: Frame,
  client: Client,
) => Frame | Promise<Frame>;
