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
  const expected = "an expression as a MessagePack string";
  const value = decodeValue(payload, expected);
  if (typeof value !== "string") throw unexpected(expected, value);
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
  const expected = "[result, [step, …]] in MessagePack, all strings";
  const value = decodeValue(payload, expected);
  if (Array.isArray(value) && value.length === 2) {
    const [result, steps] = value;
    if (typeof result === "string" && isStrings(steps)) {
      return { result, steps };
    }
  }
  throw unexpected(expected, value);
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
  const expected = "{name, message} in MessagePack, both strings";
  const value = decodeValue(payload, expected);
  if (typeof value === "object" && value !== null) {
    const { name, message, position }: Record<string, unknown> = { ...value };
    if (typeof name === "string" && typeof message === "string") {
      return typeof position === "number"
        ? { name, message, position }
        : { name, message };
    }
  }
  throw unexpected(expected, value);
}

function decodeValue(payload: Uint8Array, expected: string): unknown {
  try {
    return decode(payload);
  } catch {
    throw new ProtocolError(
      `the payload must be ${expected}: found ${payload.length} bytes that are not one MessagePack value`,
    );
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "string");
}

function unexpected(expected: string, value: unknown): ProtocolError {
  const found = value === null
    ? "nil"
    : Array.isArray(value)
    ? `an array of ${value.length}`
    : value instanceof Uint8Array
    ? "binary data"
    : typeof value === "object"
    ? "a map"
    : `a ${typeof value}`;
  return new ProtocolError(`the payload must be ${expected}: found ${found}`);
}
