/**
 * Reads the items of a MessagePack value, in the order of their bytes.
 *
 * @module
 */

import { ProtocolError } from "../protocol/mod.ts";

/** The kind of an item, worded for error messages. */
export type Kind =
  | "nil"
  | "a boolean"
  | "an integer"
  | "a float"
  | "a string"
  | "binary data"
  | "an extension"
  | "an array"
  | "a map"
  | "a byte that MessagePack never uses";

/** A single value, or the header of an array or a map. */
export interface Item {
  /** The kind of the item. */
  readonly kind: Kind;
  /** The start of the item, in bytes from the start of the payload. */
  readonly at: number;
  /** The end of the item. The contents of an array or a map begin there. */
  readonly end: number;
  /** The number of enclosing arrays and maps. */
  readonly depth: number;
  /**
   * The size in its header: bytes, items of an array or entries of a map;
   * otherwise 0.
   */
  readonly size: number;
  /** The text of a string; empty for any other item. */
  readonly text: string;
}

/**
 * Walks through a payload that holds one MessagePack value. Time and memory are
 * linear in the length of the payload, whatever lengths and depths it claims.
 * Encodings that are longer than necessary are accepted.
 *
 * @param payload Exactly one value.
 * @returns The items. Each is checked before it is yielded, but not those after it.
 * @throws {ProtocolError} If the payload is not exactly one value, or has a
 * string that is not UTF-8. The message names what was found.
 */
export function* items(payload: Uint8Array): Generator<Item, void> {
  const { buffer, byteOffset, length } = payload;
  const view = new DataView(buffer, byteOffset, length);
  // The number of items left: in the innermost array or map, in the enclosing
  // ones, and in total.
  let inner = 1;
  const outer: number[] = [];
  let total = 1;
  let at = 0;
  while (total > 0) {
    // Every item takes at least one byte, so there cannot be more items than bytes.
    if (total > length - at) throw notOneValue(length);
    const first = view.getUint8(at);
    const format = FORMAT_OF[first] ?? UNUSED;
    const [, kind, sizeBits, sizeBytes, fixed] = format;
    const body = at + 1 + sizeBytes;
    if (format === UNUSED || body > length) throw notOneValue(length);
    const size = (first & sizeBits) + uintAt(view, at + 1, sizeBytes);
    const held = kind === "an array" ? size : kind === "a map" ? 2 * size : 0;
    const end = body + fixed + (held > 0 ? 0 : size);
    if (end > length) throw notOneValue(length);
    const text = kind === "a string"
      ? decodeText(payload.subarray(body, end))
      : "";
    yield { kind, at, end, depth: outer.length, size, text };
    at = end;
    total += held - 1;
    inner--;
    if (held > 0) {
      outer.push(inner);
      inner = held;
    }
    while (inner === 0 && outer.length > 0) inner = outer.pop() ?? 0;
  }
  if (at < length) throw notOneValue(length);
}

/**
 * The kind of the first item of a payload. It reads no further.
 *
 * @param payload Any bytes.
 * @returns The kind, or `undefined` if the payload is empty.
 */
export function firstKind([first]: Uint8Array): Kind | undefined {
  return first === undefined ? undefined : FORMAT_OF[first]?.[1];
}

/** How the items of a format are encoded. */
type Format = readonly [
  /**
   * The last first byte of this format; the range begins after that of the
   * format before.
   */
  last: number,
  kind: Kind,
  /** The bits of the first byte that hold the size. */
  sizeBits: number,
  /** The number of bytes after the first that hold the size. */
  sizeBytes: number,
  /** The number of fixed bytes after the size: a number, the type of an extension. */
  fixed: number,
];

const UNUSED: Format = [0xc1, "a byte that MessagePack never uses", 0, 0, 0];

/** The MessagePack specification, "Formats". */
const FORMATS: readonly Format[] = [
  [0x7f, "an integer", 0, 0, 0],
  [0x8f, "a map", 0x0f, 0, 0],
  [0x9f, "an array", 0x0f, 0, 0],
  [0xbf, "a string", 0x1f, 0, 0],
  [0xc0, "nil", 0, 0, 0],
  UNUSED,
  [0xc3, "a boolean", 0, 0, 0],
  [0xc4, "binary data", 0, 1, 0],
  [0xc5, "binary data", 0, 2, 0],
  [0xc6, "binary data", 0, 4, 0],
  [0xc7, "an extension", 0, 1, 1],
  [0xc8, "an extension", 0, 2, 1],
  [0xc9, "an extension", 0, 4, 1],
  [0xca, "a float", 0, 0, 4],
  [0xcb, "a float", 0, 0, 8],
  [0xcc, "an integer", 0, 0, 1],
  [0xcd, "an integer", 0, 0, 2],
  [0xce, "an integer", 0, 0, 4],
  [0xcf, "an integer", 0, 0, 8],
  [0xd0, "an integer", 0, 0, 1],
  [0xd1, "an integer", 0, 0, 2],
  [0xd2, "an integer", 0, 0, 4],
  [0xd3, "an integer", 0, 0, 8],
  [0xd4, "an extension", 0, 0, 1 + 1],
  [0xd5, "an extension", 0, 0, 1 + 2],
  [0xd6, "an extension", 0, 0, 1 + 4],
  [0xd7, "an extension", 0, 0, 1 + 8],
  [0xd8, "an extension", 0, 0, 1 + 16],
  [0xd9, "a string", 0, 1, 0],
  [0xda, "a string", 0, 2, 0],
  [0xdb, "a string", 0, 4, 0],
  [0xdc, "an array", 0, 2, 0],
  [0xdd, "an array", 0, 4, 0],
  [0xde, "a map", 0, 2, 0],
  [0xdf, "a map", 0, 4, 0],
  [0xff, "an integer", 0, 0, 0],
];

/** The format for each first byte. */
const FORMAT_OF = Array.from(
  { length: 256 },
  (_, first) => FORMATS.find(([last]) => first <= last),
);

function uintAt(view: DataView, at: number, bytes: number): number {
  let value = 0;
  for (let byte = 0; byte < bytes; byte++) {
    value = 256 * value + view.getUint8(at + byte);
  }
  return value;
}

// A byte order mark is an ordinary character: positions count it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProtocolError("a string that is not UTF-8");
  }
}

function notOneValue(length: number): ProtocolError {
  return new ProtocolError(
    `${length} bytes that are not one MessagePack value`,
  );
}
