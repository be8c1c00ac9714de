/**
 * Handlers on TCP: the end that answers, the end that asks, and the one between.
 *
 * @module
 */

export { type Address, formatAddress, parseAddress } from "./address.ts";
export { ask, connect, Connection, type ConnectOptions } from "./connection.ts";
export type { Conn, Listener } from "./conn.ts";
export type { ServeEvents } from "./conversation.ts";
export {
  NoAnswerError,
  type NoAnswerOptions,
  type NoAnswerPhase,
  type NoAnswerReason,
} from "./no_answer_error.ts";
export { type ForwardOptions, forwardTo } from "./forward.ts";
export { serve, type ServeOptions, Server, serveTls } from "./serve.ts";
export type { Certificate, Trust } from "./tls.ts";
export type { Writer } from "./write_all.ts";
