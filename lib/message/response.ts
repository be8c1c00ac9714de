import { type Frame, ProtocolError } from "../protocol/mod.ts";
import { formatOf } from "./detect_format.ts";
import { type Caching, checkLength, messageFrame } from "./message_frame.ts";
import { messagePack } from "./message_pack.ts";
import type { Answer, ErrorReport, PayloadFormat } from "./payload_format.ts";
import { RemoteError } from "./remote_error.ts";

/** The status codes of responses. */
export const STATUS: {
  readonly success: 200;
  readonly clientError: 400;
  readonly serverError: 500;
} = Object.freeze({
  success: 200,
  clientError: 400,
  serverError: 500,
});

/**
 * Options for {@linkcode encodeSuccess} and {@linkcode encodeClientError}. Without
 * `cache`, a success may be cached and an error may not.
 */
export interface ResponseOptions extends Caching {
  /**
   * The format of the payload. Use `formatOf(request.payload)` to answer in the
   * format of the request.
   *
   * @default {messagePack}
   */
  format?: PayloadFormat | undefined;
}

/**
 * Creates the response to a successful evaluation.
 *
 * @param answer The result and the steps.
 * @param options Caching and the format of the payload.
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
  return messageFrame("response", STATUS.success, steps, caching, payload);
}

/**
 * Creates the response that reports a client error. It may be cached only with
 * `cache: true`. Use that only for errors in the expression: a proxy sends a cached
 * response to every client with the same request.
 *
 * @param report The error in the request.
 * @param options Caching, off by default, and the format of the payload.
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
 * const response = encodeClientError(report, { cache: true, maxAge: 60 });
 * assertEquals([response.status, response.maxAge], [400, 60]);
 * assertEquals(encodeClientError(report).cache, false);
 * ```
 */
export function encodeClientError(
  report: ErrorReport,
  { format = messagePack, cache = false, maxAge }: ResponseOptions = {},
): Frame {
  const payload = format.encodeReport(report);
  return messageFrame(
    "response",
    STATUS.clientError,
    false,
    { cache, maxAge },
    payload,
  );
}

/**
 * Creates the response that reports a server error. It is never cached.
 *
 * @param report The error in the server or proxy.
 * @param options The format of the payload.
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
  return messageFrame(
    "response",
    STATUS.serverError,
    false,
    { cache: false },
    payload,
  );
}

/**
 * Decodes a response.
 *
 * @param response The received frame.
 * @returns The result and the steps.
 * @throws {RemoteError} If the response reports an error.
 * @throws {ProtocolError} If the frame is not a response, its payload does not
 * decode, or its steps bit contradicts its payload.
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

/** Throws if the steps bit contradicts the payload. */
function checkSteps({ steps: announced }: Frame, { steps }: Answer): void {
  if (announced === steps.length > 0) return;
  throw new ProtocolError(
    announced
      ? "expected steps, as the steps bit is set: found none"
      : `expected no steps, as the steps bit is off: found ${steps.length}`,
  );
}
