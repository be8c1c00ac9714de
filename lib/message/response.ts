import { Frame, MAX_PAYLOAD_LENGTH, ProtocolError } from "../protocol/mod.ts";
import { messagePack } from "./message_pack.ts";
import type { Answer, ErrorReport, PayloadFormat } from "./payload_format.ts";
import { formatOf } from "./detect_format.ts";

/** The status codes of responses. */
export const STATUS = {
  success: 200,
  clientError: 400,
  serverError: 500,
} as const;

/** What the sender of a frame may say about caching. */
export interface Caching {
  /**
   * Whether the answer may be cached.
   *
   * @default {true}
   */
  cache?: boolean;
  /**
   * In whole seconds from 0 to 65,534, or `Infinity` for ever. In a request:
   * the oldest answer that is accepted. In a response: how long it may be kept.
   *
   * @default {Infinity}
   */
  maxAge?: number;
}

/** What may be said of a response. */
export interface ResponseOptions extends Caching {
  /**
   * How the payload is written. Whoever answers in the format that he was asked
   * in gives `formatOf(request.payload)`.
   *
   * @default {messagePack}
   */
  format?: PayloadFormat;
}

/** Options for {@linkcode encodeRequest}. */
export interface RequestOptions extends Caching {
  /**
   * How the payload is written, and so how the answer's will be.
   *
   * @default {messagePack}
   */
  format?: PayloadFormat;
  /**
   * Whether the answer is to show its steps.
   *
   * @default {true}
   */
  steps?: boolean;
}

/**
 * Makes a request.
 *
 * @param expression What to compute, best in its canonical form, so that however
 * it was typed it has one cache entry.
 * @param options Whether to include steps, which cached answers will do, and how
 * the payload is written.
 * @returns The frame to send.
 * @throws {ProtocolError} If the expression is too long for a frame.
 * @throws {ExpressionError} If it is to be written as a pickle and cannot be read.
 * @throws {RangeError} If `maxAge` is not a whole number from 0 to 65,534 or `Infinity`.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const request = encodeRequest("max(2, 3) + 3", { maxAge: 60 });
 * assertEquals(request.type, "request");
 * assertEquals(request.bytes.length, 12 + 1 + 13);
 * ```
 */
export function encodeRequest(
  expression: string,
  { steps = true, format = messagePack, ...caching }: RequestOptions = {},
): Frame {
  const payload = format.encodeExpression(expression);
  checkLength(payload, "the expression", "make it shorter");
  return frame("request", 0, steps, caching, payload);
}

/**
 * Reads the expression out of a request.
 *
 * @param request The frame that has come in.
 * @returns The expression, as it was sent.
 * @throws {ProtocolError} If the frame is a response, or its payload no string.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { decodeRequest } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeRequest(encodeRequest("1 + 2")), "1 + 2");
 * ```
 */
export function decodeRequest(request: Frame): string {
  if (request.type !== "request") {
    throw new ProtocolError("expected a request: found a response");
  }
  return formatOf(request.payload).decodeExpression(request.payload);
}

/**
 * Makes the response to a calculation that succeeded.
 *
 * @param answer The result and the steps.
 * @param options Whether and for how long it may be cached, and how it is written.
 * @returns The frame to send, with status 200.
 * @throws {ProtocolError} If the answer is too long for a frame.
 * @throws {RangeError} If `maxAge` is not a whole number from 0 to 65,534 or `Infinity`.
 *
 * @example Usage
 * ```ts
 * import { encodeSuccess } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const response = encodeSuccess({ result: "3", steps: [] }, { maxAge: 60 });
 * assertEquals([response.status, response.steps, response.maxAge], [200, false, 60]);
 * ```
 */
export function encodeSuccess(
  answer: Answer,
  { format = messagePack, ...caching }: ResponseOptions = {},
): Frame {
  const payload = format.encodeAnswer(answer);
  const steps = answer.steps.length > 0;
  checkLength(payload, "the answer", steps ? "ask without steps" : undefined);
  return frame("response", STATUS.success, steps, caching, payload);
}

/**
 * Makes the response to a request that is at fault itself.
 *
 * @param report What is wrong with it.
 * @param options Whether and for how long the response may be cached, and how it
 * is written.
 * @returns The frame to send, with status 400.
 * @throws {ProtocolError} If the report is too long for a frame.
 * @throws {RangeError} If `maxAge` is not a whole number from 0 to 65,534 or `Infinity`.
 *
 * @example Usage
 * ```ts
 * import { encodeClientError } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const report = { name: "DivisionByZero", message: "division by zero" };
 * assertEquals(encodeClientError(report).status, 400);
 * ```
 */
export function encodeClientError(
  report: ErrorReport,
  { format = messagePack, ...caching }: ResponseOptions = {},
): Frame {
  const payload = format.encodeReport(report);
  return frame("response", STATUS.clientError, false, caching, payload);
}

/**
 * Makes the response to a request that could not be dealt with. It is never cached.
 *
 * @param report What went wrong.
 * @param options How it is written.
 * @returns The frame to send, with status 500.
 * @throws {ProtocolError} If the report is too long for a frame.
 *
 * @example Usage
 * ```ts
 * import { encodeServerError } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const report = { name: "InternalError", message: "Internal server error" };
 * const response = encodeServerError(report);
 * assertEquals([response.status, response.cache], [500, false]);
 * ```
 */
export function encodeServerError(
  report: ErrorReport,
  { format = messagePack }: Pick<ResponseOptions, "format"> = {},
): Frame {
  const payload = format.encodeReport(report);
  return frame(
    "response",
    STATUS.serverError,
    false,
    { cache: false },
    payload,
  );
}

/**
 * An error that came as the answer to a request.
 *
 * @example Usage
 * ```ts
 * import { decodeResponse, RemoteError } from "@calculator/tcp";
 * import { encodeClientError } from "@calculator/tcp/message";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const response = encodeClientError({
 *   name: "DivisionByZero",
 *   message: "division by zero",
 * });
 * const error = assertThrows(() => decodeResponse(response), RemoteError);
 * assertEquals(error.status, 400);
 * assertEquals(error.name, "DivisionByZero");
 * ```
 */
export class RemoteError extends Error implements ErrorReport {
  /** Stable identifier of the kind of error, such as `DivisionByZero`. */
  override readonly name: string;
  /** Where in the expression that was sent, if it is about a place. */
  readonly position: number | undefined;
  /** 400 to 499 if the request is at fault, 500 to 599 if a server or a proxy is. */
  readonly status: number;

  /**
   * Makes an error.
   *
   * @param status The status code of the response.
   * @param report What its payload says.
   */
  constructor(status: number, { name, message, position }: ErrorReport) {
    super(message);
    this.name = name;
    this.position = position;
    this.status = status;
  }
}

/**
 * Reads a response.
 *
 * @param response The frame that came back.
 * @returns The result and the steps.
 * @throws {RemoteError} If it is an error, with what it says.
 * @throws {ProtocolError} If it is not a response, its payload is not one, or
 * its steps bit contradicts its payload.
 *
 * @example Usage
 * ```ts
 * import { decodeResponse } from "@calculator/tcp";
 * import { encodeSuccess } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const response = encodeSuccess({ result: "3", steps: ["1 + 2", "3"] });
 * assertEquals(decodeResponse(response).result, "3");
 * ```
 */
export function decodeResponse(response: Frame): Answer {
  const { type, status, payload } = response;
  if (type !== "response") {
    throw new ProtocolError("expected a response: found a request");
  }
  const format = formatOf(payload);
  if (status === STATUS.success) {
    const answer = format.decodeAnswer(payload);
    checkSteps(response, answer);
    return answer;
  }
  if (status >= 400 && status < 600) {
    throw new RemoteError(status, format.decodeReport(payload));
  }
  throw new ProtocolError(
    `expected the status 200, 4xx or 5xx: found ${status}`,
  );
}

/** Refuses an answer whose header says something else about its steps. */
function checkSteps({ steps: announced }: Frame, { steps }: Answer): void {
  if (announced === steps.length > 0) return;
  throw new ProtocolError(
    announced
      ? "expected steps, as the steps bit is set: found none"
      : `expected no steps, as the steps bit is off: found ${steps.length}`,
  );
}

function checkLength(
  payload: Uint8Array,
  what: string,
  advice = "it cannot be sent",
): void {
  if (payload.length > MAX_PAYLOAD_LENGTH) {
    throw new ProtocolError(
      `${what} takes ${payload.length} bytes, a frame holds ${MAX_PAYLOAD_LENGTH}: ${advice}`,
      "TooLarge",
    );
  }
}

function frame(
  type: Frame["type"],
  status: number,
  steps: boolean,
  { cache = true, maxAge = Infinity }: Caching,
  payload: Uint8Array,
): Frame {
  const timeStamp = Math.floor(Date.now() / 1000);
  return Frame.from(
    { timeStamp, type, cache, steps, status, maxAge },
    payload,
  );
}
