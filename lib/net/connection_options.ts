import type { Watch } from "../protocol/mod.ts";
import type { ConnectionFact } from "./connection_fact.ts";

/** Options for a connection. */
export interface ConnectionOptions {
  /**
   * How long to wait for each response, in milliseconds; `Infinity` sets no limit.
   *
   * @default {10_000}
   */
  timeout?: number | undefined;
  /** Closes the connection: pending calls reject with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<ConnectionFact> | undefined;
}

/** Options for a request. */
export interface AskOptions {
  /**
   * How long to wait for the response, in milliseconds. Defaults to that of the
   * connection.
   */
  timeout?: number | undefined;
  /** Cancels the request: closes the connection and rejects with the reason. */
  signal?: AbortSignal | undefined;
}

/** Options for a pipeline of requests. */
export interface PipelineOptions extends AskOptions {
  /**
   * The maximum number of requests in flight: sent, but not answered.
   *
   * @default {64}
   */
  inFlight?: number | undefined;
}
