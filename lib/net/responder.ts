import {
  type Client,
  Frame,
  type Handler,
  ProtocolError,
  type Watch,
} from "../protocol/mod.ts";
import { catchRejection } from "../protocol/watch.ts";
import {
  bareErrorResponse,
  type ErrorResponse,
  INTERNAL_ERROR,
  type ServerError,
} from "./error_response.ts";
import type { Presence } from "./presence.ts";
import type { ServeFact } from "./serve_fact.ts";

/** The part of a server that a responder uses. */
export interface ResponderOptions {
  readonly handler: Handler;
  readonly errorResponse: ErrorResponse;
  readonly watch: Watch<ServeFact> | undefined;
}

/**
 * Calls the handler for the requests of one client. There is always a response,
 * whatever the handler does.
 */
export class Responder {
  readonly #client: Client;
  readonly #presence: Presence;
  readonly #options: ResponderOptions;

  /**
   * @param presence The client.
   * @param options The handler, and where to report its faults.
   */
  constructor(presence: Presence, options: ResponderOptions) {
    this.#client = presence.client;
    this.#presence = presence;
    this.#options = options;
  }

  /**
   * Creates the response to a request.
   *
   * @param request The request.
   * @returns The response. If it is a promise, it does not reject.
   */
  respond(request: Frame): Frame | Promise<Frame> {
    if (request.type !== "request") {
      const error = new ProtocolError("expected a request: found a response");
      return this.reportError(clientError(error), request);
    }
    try {
      const response = this.#options.handler(request, this.#client);
      return isResponse(response) ? response : this.#settle(response, request);
    } catch (error) {
      return this.#fail(error, request);
    }
  }

  /**
   * Creates the response that reports an error.
   *
   * @param error The error to report.
   * @param request The request that caused it, if there is one.
   */
  reportError(error: ServerError, request?: Frame): Frame {
    try {
      const response = this.#options.errorResponse(error, request);
      catchRejection(response, "errorResponse");
      return checked(response);
    } catch (fault) {
      this.#reportFault(fault);
      return bareErrorResponse(error);
    }
  }

  async #settle(response: unknown, request: Frame): Promise<Frame> {
    try {
      return checked(await response);
    } catch (error) {
      return this.#fail(error, request);
    }
  }

  #fail(error: unknown, request: Frame): Frame {
    // Stopping because the client has left is not a fault.
    if (!this.#presence.isReason(error)) this.#reportFault(error);
    return this.reportError(INTERNAL_ERROR, request);
  }

  #reportFault(error: unknown): void {
    // What an abandoned handler does later is ignored.
    if (this.#presence.isClosed) return;
    this.#options.watch?.({ type: "fault", client: this.#client, error });
  }
}

/** Reports a frame that violates the protocol. */
export function clientError({ name, message }: ProtocolError): ServerError {
  return { status: 400, name, message };
}

/** Whether a handler has returned what its type says. */
function isResponse(value: unknown): value is Frame {
  return value instanceof Frame && value.type === "response";
}

function checked(value: unknown): Frame {
  if (isResponse(value)) return value;
  const found = value instanceof Frame ? "a request" : describe(value);
  throw new TypeError(`expected a response frame: found ${found}`);
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null
    ? "another object"
    : String(value);
}
