import type { Frame } from "./frame.ts";

/**
 * The sender of requests: one object per connection, created when it is accepted.
 * To change it for an inner handler, pass a copy: `{ ...client, signal }`.
 *
 * The signals last as long as the connection: a handler must remove its listeners
 * when it has answered. Leaving is noticed while a handler is pending, unless the
 * client has already sent many more requests.
 */
export interface Client {
  /** Unique among the clients of a server, counted from 1. */
  readonly id: number;
  /** The remote address of its connection, as `HOST:PORT`. */
  readonly address: string;
  /**
   * The name in its certificate, if the server requires one: the first DNS name, URI
   * or email address, otherwise the common name. Known before its first request.
   */
  readonly identity?: string | undefined;
  /**
   * Aborted when the client closes its side of the connection, or the connection is
   * closed: the client has probably left, and work that can be given up should stop.
   *
   * A client that has only half-closed still receives its responses. It may have
   * sent more requests before that: for these, the signal is aborted from the start.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Aborted when the connection is closed: by a reset, by a timeout, to make room
   * for another client, or because the server ends. No response can be delivered any
   * more, so all work for the client should stop. `signal` is then aborted, too;
   * after a half-close, it already was, with another reason.
   */
  readonly closeSignal?: AbortSignal | undefined;
}

/**
 * Answers requests, synchronously or not. A server's handler evaluates the
 * expression, a proxy's forwards the request to a server; a cache is a function
 * from handler to handler.
 *
 * If it throws, rejects or returns anything but a response, the client gets status
 * 500, and the error is reported to the server's watcher.
 *
 * @param request The request. It is valid until the response is returned; copy it
 * to keep it longer.
 * @param client The client that sent it.
 * @returns The response.
 */
export type Handler = (
  request: Frame,
  client: Client,
) => Frame | Promise<Frame>;
