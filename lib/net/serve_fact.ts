import type { Client, Frame } from "../protocol/mod.ts";

/** What happens at a server, whatever its handler. */
export type ServeFact =
  /** A client has connected, or was refused because of too many connections. */
  | { readonly type: "connected" | "refused"; readonly client: Client }
  /** A request has arrived. */
  | {
    readonly type: "request";
    readonly client: Client;
    readonly request: Frame;
  }
  /** A response is about to be sent. */
  | {
    readonly type: "response";
    readonly client: Client;
    readonly response: Frame;
  }
  /**
   * The connection is about to be closed, as there are too many or a frame is
   * invalid; the response says why.
   */
  | {
    readonly type: "closing";
    readonly client: Client;
    readonly response: Frame;
  }
  /** The handler has failed; the client gets a bare status 500. */
  | {
    readonly type: "fault";
    readonly client: Client;
    readonly error: unknown;
  }
  /** A connection was closed. `reason` is set if it did not end cleanly. */
  | {
    readonly type: "closed";
    readonly client: Client;
    readonly reason: unknown;
  };
