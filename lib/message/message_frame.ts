import { Frame, MAX_PAYLOAD_LENGTH, ProtocolError } from "../protocol/mod.ts";

/** Caching options for a frame. */
export interface Caching {
  /**
   * Whether the answer may be cached.
   *
   * @default {true}
   */
  cache?: boolean | undefined;
  /**
   * In whole seconds from 0 to 65,534, or `Infinity` for no limit. In a request:
   * the maximum age of a cached answer. In a response: how long it may be cached.
   *
   * @default {Infinity}
   */
  maxAge?: number | undefined;
}

/** Throws if a payload does not fit into a frame. */
export function checkLength(
  payload: Uint8Array,
  what: string,
  advice = "it cannot be sent",
): void {
  if (payload.length > MAX_PAYLOAD_LENGTH) {
    throw new ProtocolError(
      `${what} takes ${payload.length} bytes, a frame holds ${MAX_PAYLOAD_LENGTH}: ${advice}`,
      "TooLarge",
    );
  }
}

/** Creates a frame with the current time stamp. */
export function messageFrame(
  type: Frame["type"],
  status: number,
  steps: boolean,
  { cache = true, maxAge = Infinity }: Caching,
  payload: Uint8Array,
): Frame {
  const timeStamp = Math.floor(Date.now() / 1000);
  return Frame.from(
    { timeStamp, type, cache, steps, status, maxAge },
    payload,
  );
}
