import { Frame } from "../protocol/mod.ts";

/** An error that a server reports by itself, whatever its handler does. */
export interface ServerError {
  /** 400 if the client is at fault, 500 if the server is. */
  readonly status: 400 | 500;
  /** Stable identifier: `ProtocolError`, `Busy` or `InternalError`. */
  readonly name: string;
  /** One sentence for a person. */
  readonly message: string;
}

/**
 * Makes the response that reports an error. The payload is up to it; C must be
 * off.
 *
 * @param error What went wrong.
 * @param request The request that it answers, if there is one.
 */
export type ErrorResponse = (error: ServerError, request?: Frame) => Frame;

/** Reports an error by its status alone, as nothing is known of payloads here. */
export const bareErrorResponse: ErrorResponse = ({ status }) =>
  Frame.from({
    timeStamp: Math.floor(Date.now() / 1000),
    type: "response",
    cache: false,
    steps: false,
    status,
    maxAge: 0,
  }, new Uint8Array());
