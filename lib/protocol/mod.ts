/**
 * Bytes on the wire: headers and frames, as docs/protocol.md has them.
 *
 * @module
 */

export { ProtocolError } from "./errors.ts";
export { Frame } from "./frame.ts";
export { FrameReader, type Source } from "./frame_reader.ts";
export type { Handler } from "./handler.ts";
export {
  type Header,
  HEADER_LENGTH,
  MAX_FRAME_LENGTH,
  MAX_MAX_AGE,
  MAX_PAYLOAD_LENGTH,
} from "./header.ts";
