import { type Frame, ProtocolError } from "../protocol/mod.ts";
import { formatOf } from "./detect_format.ts";
import { type Caching, checkLength, messageFrame } from "./message_frame.ts";
import { messagePack } from "./message_pack.ts";
import type { PayloadFormat } from "./payload_format.ts";

/** Options for {@linkcode encodeRequest}. */
export interface RequestOptions extends Caching {
  /**
   * The format of the payload. The response will use the same format.
   *
   * @default {messagePack}
   */
  format?: PayloadFormat | undefined;
  /**
   * Whether the answer should include the steps.
   *
   * @default {true}
   */
  steps?: boolean | undefined;
}

/**
 * Creates a request.
 *
 * @param expression The expression, ideally in canonical form, so that all
 * spellings share one cache entry.
 * @param options Steps, caching and the format of the payload.
 * @returns The frame to send.
 * @throws {ProtocolError} If the expression is too long for a frame.
 * @throws {ExpressionError} If the format is `pickle` and the expression cannot be
 * parsed.
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
 * Decodes the expression of a request.
 *
 * @param request The received frame.
 * @returns The expression as it was sent.
 * @throws {ProtocolError} If the frame is a response, or its payload is not an
 * expression.
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
