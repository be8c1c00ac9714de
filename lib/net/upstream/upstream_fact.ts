import type { Client, Frame } from "../../protocol/mod.ts";
import type { Address } from "../address.ts";
import type { NoAnswerError } from "../no_answer_error.ts";

/** What happens between a proxy and a server. */
export type UpstreamFact =
  /**
   * A server is about to be asked, which begins with connecting. Attempts count from
   * 1; if there are several servers, one attempt may ask each of them.
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
  /** A response has arrived. That of a busy server is not used. */
  | {
    readonly type: "answered";
    readonly upstream: Address;
    readonly client: Client;
    readonly response: Frame;
  }
  /** A server did not answer. It, or another, may be asked next. */
  | {
    readonly type: "no answer";
    readonly upstream: Address;
    readonly client: Client;
    readonly attempt: number;
    readonly error: NoAnswerError;
  }
  /** One of several servers has failed, and rests for at least so many milliseconds. */
  | {
    readonly type: "resting";
    readonly upstream: Address;
    readonly rest: number;
    readonly error: NoAnswerError;
  }
  /**
   * A resting server has answered, or is gone: its name no longer resolves to it.
   */
  | {
    readonly type: "back" | "gone";
    readonly upstream: Address;
  };
