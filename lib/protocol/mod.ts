/**
 * Bytes on the wire: headers and frames as docs/protocol.md defines them, and
 * the handlers that answer them.
 *
 * @module
 */

export { ProtocolError } from "./errors.ts";
export {
  describeCutFrame,
  Frame,
  type Header,
  HEADER_LENGTH,
  type HeaderChanges,
  MAX_FINITE_MAX_AGE,
  MAX_FRAME_LENGTH,
  MAX_PAYLOAD_LENGTH,
} from "./frame.ts";
export { FrameReader, type Source } from "./frame_reader.ts";
export type { Client, Handler } from "./handler.ts";
export { type NotAPromise, type Watch, watchAll } from "./watch.ts";
