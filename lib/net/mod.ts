/**
 * Frames over TCP and TLS: servers, clients and forwarding. Payloads are opaque
 * here.
 *
 * @module
 */

export { type Address, formatAddress, parseAddress } from "./address.ts";
export type { Conn, Listener, Writer } from "./conn.ts";
export { ask, connect, type ConnectOptions } from "./connect.ts";
export { Connection } from "./connection.ts";
export type { ConnectionFact } from "./connection_fact.ts";
export type {
  AskOptions,
  ConnectionOptions,
  PipelineOptions,
} from "./connection_options.ts";
export type { ConnectionLimitOptions } from "./connection_limits.ts";
export type { ErrorResponse, ServerError } from "./error_response.ts";
export { type ForwardOptions, forwardTo } from "./upstream/forward.ts";
export {
  NoAnswerError,
  type NoAnswerOptions,
  type NoAnswerPhase,
  type NoAnswerReason,
} from "./no_answer_error.ts";
export type { Requests } from "./pipeline.ts";
export { serve, type ServeOptions, Server } from "./serve.ts";
export type { ServeFact } from "./serve_fact.ts";
export type { TlsOptions } from "./tls/tls_options.ts";
export type { UpstreamFact } from "./upstream/upstream_fact.ts";
