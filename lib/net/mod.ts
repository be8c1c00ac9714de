/**
 * Handlers on TCP: the end that answers, the end that asks, and the one between.
 *
 * @module
 */

export { type Address, formatAddress, parseAddress } from "./address.ts";
export {
  ask,
  connect,
  Connection,
  type ConnectOptions,
  type Trust,
} from "./ask.ts";
export type { ServeEvents } from "./conversation.ts";
export { NoAnswerError, type NoAnswerReason } from "./errors.ts";
export { type ForwardOptions, forwardTo } from "./forward.ts";
export { type Certificate, serve, type ServeOptions, Server } from "./serve.ts";
