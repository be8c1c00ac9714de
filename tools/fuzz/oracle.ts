/**
 * What must be answered to a stream of bytes, found without any network: where
 * frames begin and end by docs/protocol.md, what they are answered with by the
 * library's own calculator in this process.
 *
 * @module
 */

import { calculator } from "../../lib/calculator.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeClientError,
  RemoteError,
} from "../../lib/message/mod.ts";
import { Frame, HEADER_LENGTH, ProtocolError } from "../../lib/protocol/mod.ts";
import { Finding } from "./finding.ts";
import { CLIENT } from "../harness/client.ts";

/** A response that must come. */
export interface Expected {
  /** One such as it may be. */
  readonly response: Frame;
  /**
   * What it has in common with the one that comes: all bytes after the time
   * stamp; or the status, and that it may not be cached; or only the latter, as
   * chance decides whether there is a result.
   */
  readonly alike: "bytes" | "status" | "terms";
}

/** All responses to a stream, in order. */
export interface Expectation {
  /** The responses to what can be cut into frames. */
  readonly answers: readonly Expected[];
  /** What is said last where the stream cannot be cut any further. */
  readonly refusal: Expected | undefined;
  /** Whether that is said at once, or only when the stream has ended. */
  readonly isRefusedAtOnce: boolean;
}

const calculate = calculator();

/** Finds what a stream must be answered with. */
export async function expect(stream: Uint8Array): Promise<Expectation> {
  const answers: Expected[] = [];
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  let start = 0;
  for (;;) {
    const left = stream.length - start;
    if (left < HEADER_LENGTH) break;
    const length = view.getUint16(start + 4);
    if (length < HEADER_LENGTH) {
      return { answers, refusal: REFUSAL, isRefusedAtOnce: true };
    }
    if (left < length) break;
    const frame = new Frame(stream.subarray(start, start + length));
    answers.push(await expectFor(frame));
    start += length;
  }
  const refusal = start < stream.length ? REFUSAL : undefined;
  return { answers, refusal, isRefusedAtOnce: false };
}

/** What is no request, or no frame, is refused in words that are free. */
const REFUSAL: Expected = {
  response: encodeClientError(new ProtocolError("refused"), { cache: false }),
  alike: "status",
};

async function expectFor(request: Frame): Promise<Expected> {
  if (request.type !== "request") return REFUSAL;
  const response = await calculate(request, CLIENT);
  // A sound expression whose answer may not be cached depends on chance.
  const isCertain = response.cache || !isDecodable(request);
  return { response, alike: isCertain ? "bytes" : "terms" };
}

function isDecodable(request: Frame): boolean {
  try {
    decodeRequest(request);
    return true;
  } catch {
    return false;
  }
}

/**
 * Compares a response with the one that must come.
 *
 * @throws {Finding} If it is another one, or cannot be read.
 */
export function check(got: Frame, expected: Expected): void {
  if (!isAsExpected(got, expected)) {
    const alike = expected.alike === "bytes" ? "" : " or alike";
    throw new Finding(
      `expected ${show(expected.response)}${alike}\n     got ${show(got)}`,
    );
  }
  try {
    decodeResponse(got);
  } catch (error) {
    if (error instanceof RemoteError) return;
    throw new Finding(`expected what can be read\n     got ${show(got)}`, {
      cause: error,
    });
  }
}

function isAsExpected(got: Frame, { response, alike }: Expected): boolean {
  switch (alike) {
    case "bytes":
      return isSame(afterTimeStamp(got), afterTimeStamp(response));
    case "status":
      return isUncached(got) && got.status === response.status;
    case "terms":
      return isUncached(got) && (got.status === 200 || got.status === 400);
  }
}

function isUncached({ type, cache }: Frame): boolean {
  return type === "response" && !cache;
}

function afterTimeStamp({ bytes }: Frame): Uint8Array {
  return bytes.subarray(4);
}

function isSame(bytes: Uint8Array, others: Uint8Array): boolean {
  return bytes.length === others.length &&
    bytes.every((byte, at) => byte === others[at]);
}

const SHOWN = 400;

/** Bytes in hexadecimal, cut short. */
export function hex(bytes: Uint8Array, most: number): string {
  const rest = bytes.length - most;
  return bytes.subarray(0, most).toHex() +
    (rest > 0 ? `… and ${rest} bytes more` : "");
}

function show({ bytes, status }: Frame): string {
  return `status ${status} in ${bytes.length} bytes: ${hex(bytes, SHOWN)}`;
}
