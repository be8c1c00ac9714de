/**
 * What a frame carries, in MessagePack (docs/protocol.md, "Payloads").
 *
 * @module
 */

import { decode } from "@std/msgpack/decode";
import { encode } from "@std/msgpack/encode";
import { ProtocolError } from "./errors.ts";

/** A computed expression. Numbers are text, so that no digit is lost. */
export interface Answer {
  /** The value. */
  readonly result: string;
  /** The way there; empty if no steps were asked for or there were none. */
  readonly steps: readonly string[];
}

/** Why there is no answer. */
export interface ErrorReport {
  /** Stable identifier, such as `DivisionByZero`. */
  readonly name: string;
  /** One sentence for a person. */
  readonly message: string;
  /** Where in the expression, in UTF-16 code units from 0, if it is about a place. */
  readonly position?: number | undefined;
}

const utf8 = new TextEncoder();

const EXPRESSION = "an expression as a MessagePack string";
const ANSWER = "[result, [step, …]] in MessagePack, all strings";
const REPORT = "{name, message} in MessagePack, both strings";

/** Writes a request's payload: the expression as a string. */
export function encodeExpression(expression: string): Uint8Array {
  return encode(expression);
}

/**
 * Reads a request's payload.
 *
 * @throws {ProtocolError} If it is not a string in MessagePack.
 */
export function decodeExpression(payload: Uint8Array): string {
  const value = decodeValue(payload, "a string", EXPRESSION);
  // Decoders make something of invalid UTF-8; what it was then is not known.
  if (typeof value !== "string" || !endsWith(payload, utf8.encode(value))) {
    throw unexpected(EXPRESSION, "a string that is not UTF-8");
  }
  return value;
}

/** Writes a success's payload: `[result, [step, …]]`. */
export function encodeAnswer({ result, steps }: Answer): Uint8Array {
  return encode([result, steps]);
}

/**
 * Reads a success's payload.
 *
 * @throws {ProtocolError} If it is not `[result, [step, …]]`, all strings.
 */
export function decodeAnswer(payload: Uint8Array): Answer {
  const value = decodeValue(payload, "an array", ANSWER);
  if (Array.isArray(value) && value.length === 2) {
    const [result, steps] = value;
    if (typeof result === "string" && isStrings(steps)) {
      return { result, steps };
    }
  }
  throw unexpected(ANSWER, "an array of another shape");
}

/** Writes an error's payload: `{name, message}`, with its `position` if it has one. */
export function encodeReport(report: ErrorReport): Uint8Array {
  const { name, message, position } = report;
  return encode(
    position === undefined ? { name, message } : { name, message, position },
  );
}

/**
 * Reads an error's payload. Entries it does not know are ignored.
 *
 * @throws {ProtocolError} If it is not `{name, message}`.
 */
export function decodeReport(payload: Uint8Array): ErrorReport {
  const value = decodeValue(payload, "a map", REPORT);
  if (typeof value === "object" && value !== null) {
    const { name, message, position }: Record<string, unknown> = { ...value };
    if (typeof name === "string" && typeof message === "string") {
      return typeof position === "number" && Number.isSafeInteger(position) &&
          position >= 0
        ? { name, message, position }
        : { name, message };
    }
  }
  throw unexpected(REPORT, "a map of another shape");
}

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

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "string");
}

function unexpected(expected: string, found = "nothing"): ProtocolError {
  return new ProtocolError(`the payload must be ${expected}: found ${found}`);
}
