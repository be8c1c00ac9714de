import type { Answer } from "./payload_format.ts";

const utf8 = new TextEncoder();

/** The maximum length that 16 bits can hold. */
const MAX_LENGTH = 0xffff;

const BLOCK_LENGTH = 8192;

/** Payloads share this buffer: allocating each one would take longer than encoding it. */
let block = new Uint8Array(BLOCK_LENGTH);

/**
 * Encodes an answer in MessagePack as `@std/msgpack` would, if it is short enough
 * and all ASCII, as the calculator's own answers are. The package calls into the
 * runtime for each string, which costs more than most evaluations; this encodes
 * the whole answer at once, leaving room for the headers.
 *
 * @returns The payload, or `undefined` for any other answer.
 */
export function encodeAsciiAnswer(
  { result, steps }: Answer,
): Uint8Array | undefined {
  if (steps.length > MAX_LENGTH || result.length > MAX_LENGTH) return undefined;
  let text = "\0" + roomFor(result) + (steps.length < 16 ? "\0" : "\0\0\0");
  for (const step of steps) {
    if (step.length > MAX_LENGTH) return undefined;
    text += roomFor(step);
  }
  const payload = allocate(text.length);
  // Text that is not ASCII has more bytes than characters and does not fit.
  if (utf8.encodeInto(text, payload).read < text.length) return undefined;
  let end = writeArrayHeader(payload, 0, 2);
  end = writeStringHeader(payload, end, result.length) + result.length;
  end = writeArrayHeader(payload, end, steps.length);
  for (const { length } of steps) {
    end = writeStringHeader(payload, end, length) + length;
  }
  return payload;
}

function allocate(length: number): Uint8Array {
  if (length > block.length) {
    block = new Uint8Array(Math.max(length, BLOCK_LENGTH));
  }
  const allocated = block.subarray(0, length);
  block = block.subarray(length);
  return allocated;
}

/** A string preceded by room for its header. */
function roomFor(string: string): string {
  if (string.length < 32) return `\0${string}`;
  return string.length < 256 ? `\0\0${string}` : `\0\0\0${string}`;
}

/**
 * Writes a header (MessagePack specification, "str format family") and returns
 * its end.
 */
function writeStringHeader(to: Uint8Array, at: number, length: number): number {
  if (length < 32) {
    to[at] = 0xa0 | length;
    return at + 1;
  }
  if (length < 256) {
    to[at] = 0xd9;
    to[at + 1] = length;
    return at + 2;
  }
  return writeUint16(to, at, 0xda, length);
}

/**
 * Writes a header (MessagePack specification, "array format family") and
 * returns its end.
 */
function writeArrayHeader(to: Uint8Array, at: number, length: number): number {
  if (length >= 16) return writeUint16(to, at, 0xdc, length);
  to[at] = 0x90 | length;
  return at + 1;
}

function writeUint16(
  to: Uint8Array,
  at: number,
  kind: number,
  length: number,
): number {
  to[at] = kind;
  to[at + 1] = length >> 8;
  to[at + 2] = length;
  return at + 3;
}
