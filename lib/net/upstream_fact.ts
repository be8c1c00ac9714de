import type { Client, Frame } from "../protocol/mod.ts";
import type { Address } from "./address.ts";
import type { NoAnswerError } from "./no_answer_error.ts";

/** What happens between a proxy and a server. */
export type UpstreamFact =
  /**
   * A server is asked, which begins with connecting. Attempts count from 1; if
   * there are several servers, one attempt may ask each of them.
   */
  | {
    readonly type: "asking";
    readonly upstream: Address;
    readonly client: Client;
    readonly request: Frame;
    readonly attempt: number;
  }
  /** A connection was opened for a request, or closed after its response. */
  | {
    readonly type: "upstream opened" | "upstream closed";
    readonly upstream: Address;
    readonly client: Client;
  }
  /** A request is about to be sent over a connection. */
  | {
    readonly type: "sending";
    readonly upstream: Address;
    readonly client: Client;
    readonly request: Frame;
  }
  /** A response has arrived. If it is the one of a busy server, it is not used. */
  | {
    readonly type: "answered";
    readonly upstream: Address;
    readonly client: Client;
    readonly response: Frame;
  }
  /** A server gave no answer. It, or another, may be asked next. */
  | {
    readonly type: "no answer";
    readonly upstream: Address;
    readonly client: Client;
    readonly attempt: number;
    readonly error: NoAnswerError;
  }
  /** One of several servers has failed, and rests: so many milliseconds, or more. */
  | {
    readonly type: "resting";
    readonly upstream: Address;
    readonly rest: number;
    readonly error: NoAnswerError;
  }
  /**
   * A server that rested has answered, or is gone: its name no longer resolves to
   * its address.
   */
  | {
    readonly type: "back" | "gone";
    readonly upstream: Address;
  };
