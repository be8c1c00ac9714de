import type { Frame } from "../protocol/mod.ts";

/** What happens at the client end of a connection; `peer` is `HOST:PORT`. */
export type ConnectionFact =
  | { readonly type: "connected" | "closed"; readonly peer: string }
  | {
    readonly type: "request";
    readonly peer: string;
    readonly request: Frame;
  }
  | {
    readonly type: "response";
    readonly peer: string;
    readonly response: Frame;
  };
