import { type Frame, ProtocolError } from "../protocol/mod.ts";
import { formatOf } from "./detect_format.ts";
import { type Caching, checkLength, messageFrame } from "./message_frame.ts";
import { messagePack } from "./message_pack.ts";
import type { PayloadFormat } from "./payload_format.ts";

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
  return messageFrame("request", 0, steps, caching, payload);
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
