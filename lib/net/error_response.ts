import { Frame } from "../protocol/mod.ts";

/** An error that the server itself reports, rather than its handler. */
export interface ServerError {
  /** 400 for a client error, 500 for a server error. */
  readonly status: 400 | 500;
  /** Stable identifier: `ProtocolError`, `Busy` or `InternalError`. */
  readonly name: string;
  /** One human-readable sentence. */
  readonly message: string;
}

/** The error sent to a refused client (docs/protocol.md, transport-5). */
export const BUSY: ServerError = {
  status: 500,
  name: "Busy",
  message: "Too many connections: try again later",
};

/** The error sent to a client when the handler fails. */
export const INTERNAL_ERROR: ServerError = {
  status: 500,
  name: "InternalError",
  message: "Internal server error",
};

/**
 * Creates the response that reports an error. It chooses the payload; the cache
 * bit must be off.
 *
 * @param error The error to report.
 * @param request The request that caused it, if there is one.
 */
export type ErrorResponse = (error: ServerError, request?: Frame) => Frame;

/** Reports an error by its status alone: payload formats are unknown here. */
export const bareErrorResponse: ErrorResponse = ({ status }) =>
  Frame.from({
    timeStamp: Math.floor(Date.now() / 1000),
    type: "response",
    cache: false,
    steps: false,
    status,
    maxAge: 0,
  }, new Uint8Array());
