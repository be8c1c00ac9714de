/**
 * Computes the expected responses to a stream of bytes without a network: it
 * splits frames by docs/protocol.md and answers them with the library's calculator
 * in this process.
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
import {
  foreignProtocol,
  HTTP_RESPONSE,
} from "../../lib/net/foreign_protocol.ts";
import { Frame, HEADER_LENGTH, ProtocolError } from "../../lib/protocol/mod.ts";
import { Finding } from "./finding.ts";
import { CLIENT } from "../harness/client.ts";

/** An expected response. */
export interface Expected {
  /** An example of the response. */
  readonly response: Frame;
  /**
   * What must match: all bytes after the time stamp (`bytes`); the status, and
   * that it may not be cached (`status`); or only the latter, because the result
   * is random (`terms`).
   */
  readonly alike: "bytes" | "status" | "terms";
}

/** The expected responses to a stream, in order. */
export interface Expectation {
  /** The responses to whole frames. */
  readonly answers: readonly Expected[];
  /** The last response, if the rest of the stream is not a frame. */
  readonly refusal: Expected | undefined;
  /** Whether the refusal is sent immediately rather than at end of stream. */
  readonly isRefusedAtOnce: boolean;
  /** The bytes sent instead of frames to a client of another protocol. */
  readonly foreign?: Uint8Array;
}

const calculate = calculator();

/** Computes the expected responses to a stream. */
export async function expect(stream: Uint8Array): Promise<Expectation> {
  const answers: Expected[] = [];
  switch (foreignProtocol(stream)) {
    case "TLS":
      return { answers, refusal: REFUSAL, isRefusedAtOnce: true };
    case "HTTP":
      return {
        answers,
        refusal: undefined,
        isRefusedAtOnce: true,
        foreign: HTTP_RESPONSE,
      };
  }
  // Streams of load repeat the same requests.
  const known = new Map<string, Expected>();
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
    const bytes = stream.subarray(start, start + length);
    const key = bytes.toHex();
    const expected = known.get(key) ?? await expectFor(new Frame(bytes));
    known.set(key, expected);
    answers.push(expected);
    start += length;
  }
  const refusal = start < stream.length ? REFUSAL : undefined;
  return { answers, refusal, isRefusedAtOnce: false };
}

/** The response to anything that is not a request. Its message may differ. */
const REFUSAL: Expected = {
  response: encodeClientError(new ProtocolError("refused")),
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
 * Compares a response with the expected one.
 *
 * @throws {Finding} If it differs or does not decode.
 */
export function check(got: Frame, expected: Expected): void {
  if (!isAsExpected(got, expected)) {
    const alike = expected.alike === "bytes" ? "" : " or similar";
    throw new Finding(
      `expected ${show(expected.response)}${alike}\n     got ${show(got)}`,
    );
  }
  try {
    decodeResponse(got);
  } catch (error) {
    if (error instanceof RemoteError) return;
    throw new Finding(`expected a decodable response\n     got ${show(got)}`, {
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

/** Bytes in hexadecimal, truncated. */
export function hex(bytes: Uint8Array, most: number): string {
  const rest = bytes.length - most;
  return bytes.subarray(0, most).toHex() +
    (rest > 0 ? `… and ${rest} more bytes` : "");
}

function show({ bytes, status }: Frame): string {
  return `status ${status} in ${bytes.length} bytes: ${hex(bytes, SHOWN)}`;
}
