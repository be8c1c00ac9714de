/**
 * Requests, answers and errors as frames, and the two formats of their payloads.
 *
 * @module
 */

export { annotate } from "./annotate.ts";
export type { Annotation } from "./annotation.ts";
export { formatOf } from "./detect_format.ts";
export type { Caching } from "./message_frame.ts";
export { RemoteError } from "./remote_error.ts";
export * from "./request.ts";
export * from "./response.ts";
export { messagePack } from "./message_pack.ts";
export type { Answer, ErrorReport, PayloadFormat } from "./payload_format.ts";
export { pickle } from "./pickle/pickle.ts";
