/** The length of a header in bytes (docs/protocol.md, "Header"). */
export const HEADER_LENGTH = 12;

/** The greatest length of a frame in bytes, header included. */
export const MAX_FRAME_LENGTH = 65_535;

/** The greatest length of a payload in bytes. */
export const MAX_PAYLOAD_LENGTH: number = MAX_FRAME_LENGTH - HEADER_LENGTH;

/** The longest max-age that is not for ever, in seconds. */
export const MAX_MAX_AGE = 65_534;

/** What the 12 bytes before a payload say. */
export interface Header {
  /** When the frame was made, in whole seconds since 1970. */
  readonly timeStamp: number;
  /** A request asks for an answer, a response is one. */
  readonly type: "request" | "response";
  /** In a request: the answer may be cached. In a response: this one may be. */
  readonly cache: boolean;
  /** In a request: include the steps. In a response: they are included. */
  readonly steps: boolean;
  /** 0 in a request; in a response 200 success, 400 client error, 500 server error. */
  readonly status: number;
  /**
   * In whole seconds; `Infinity` is for ever. In a request: the oldest answer
   * accepted. In a response: how long it may be cached. 0 without `cache`.
   */
  readonly maxAge: number;
}
