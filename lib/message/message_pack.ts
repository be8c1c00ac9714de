import { decode } from "@std/msgpack/decode";
import { encode } from "@std/msgpack/encode";
import { ProtocolError } from "../protocol/mod.ts";
import { encodeAsciiAnswer } from "./ascii_answer.ts";
import type { Answer, ErrorReport, PayloadFormat } from "./payload_format.ts";

const utf8 = new TextEncoder();

const EXPRESSION = "an expression as a MessagePack string";
const ANSWER = "[result, [step, …]] in MessagePack, all strings";
const REPORT = "{name, message} in MessagePack, both strings";

/**
 * Payloads in MessagePack (docs/protocol.md, "Payloads").
 *
 * @example Usage
 * ```ts
 * import { messagePack } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = messagePack.encodeAnswer({ result: "3", steps: ["1 + 2", "3"] });
 * assertEquals(payload.length, 12);
 * assertEquals(messagePack.decodeAnswer(payload).result, "3");
 * ```
 */
export const messagePack: PayloadFormat = {
  encodeExpression: (expression) => encode(expression),

  decodeExpression(payload) {
    const value = decodeValue(payload, "a string", EXPRESSION);
    // Decoders make something of invalid UTF-8; what it was then is not known.
    if (typeof value !== "string" || !endsWith(payload, utf8.encode(value))) {
      throw unexpected(EXPRESSION, "a string that is not UTF-8");
    }
    return value;
  },

  encodeAnswer: (answer) =>
    encodeAsciiAnswer(answer) ?? encode([answer.result, answer.steps]),

  decodeAnswer(payload): Answer {
    const value = decodeValue(payload, "an array", ANSWER);
    if (Array.isArray(value) && value.length === 2) {
      const [result, steps] = value;
      if (typeof result === "string" && isStrings(steps)) {
        return { result, steps };
      }
    }
    throw unexpected(ANSWER, "an array of another shape");
  },

  encodeReport: ({ name, message, position }) =>
    encode(
      position === undefined ? { name, message } : { name, message, position },
    ),

  decodeReport(payload): ErrorReport {
    const value = decodeValue(payload, "a map", REPORT);
    if (typeof value === "object" && value !== null) {
      const { name, message, position }: Record<string, unknown> = { ...value };
      if (typeof name === "string" && typeof message === "string") {
        return isPosition(position)
          ? { name, message, position }
          : { name, message };
      }
    }
    throw unexpected(REPORT, "a map of another shape");
  },
};

/**
 * Decodes a value of a kind. Another kind is not even looked into: strangers
 * send it, and a few bytes can claim to be an array of any length.
 */
function decodeValue(
  payload: Uint8Array,
  kind: string,
  expected: string,
): unknown {
  const found = kindOf(payload);
  if (found !== kind) throw unexpected(expected, found);
  try {
    return decode(payload);
  } catch {
    throw unexpected(
      expected,
      `${payload.length} bytes that are not one MessagePack value`,
    );
  }
}

/** What a first byte begins, by the last byte that begins it (MessagePack specification, "Formats"). */
const KINDS: readonly (readonly [lastByte: number, kind: string])[] = [
  [0x7f, "an integer"],
  [0x8f, "a map"],
  [0x9f, "an array"],
  [0xbf, "a string"],
  [0xc0, "nil"],
  [0xc1, "a byte that MessagePack never uses"],
  [0xc3, "a boolean"],
  [0xc6, "binary data"],
  [0xc9, "an extension"],
  [0xcb, "a float"],
  [0xd3, "an integer"],
  [0xd8, "an extension"],
  [0xdb, "a string"],
  [0xdd, "an array"],
  [0xdf, "a map"],
  [0xff, "an integer"],
];

function kindOf([first]: Uint8Array): string | undefined {
  if (first === undefined) return "nothing";
  return KINDS.find(([lastByte]) => first <= lastByte)?.[1];
}

function endsWith(bytes: Uint8Array, ending: Uint8Array): boolean {
  const start = bytes.length - ending.length;
  return ending.every((byte, index) => byte === bytes[start + index]);
}

function isPosition(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "string");
}

function unexpected(expected: string, found = "nothing"): ProtocolError {
  return new ProtocolError(`the payload must be ${expected}: found ${found}`);
}
