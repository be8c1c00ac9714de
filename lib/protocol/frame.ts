import { ProtocolError } from "./errors.ts";

/** The length of a header in bytes (docs/protocol.md, "Header"). */
export const HEADER_LENGTH = 12;

/** The maximum length of a frame in bytes, header included. */
export const MAX_FRAME_LENGTH = 65_535;

/** The maximum length of a payload in bytes. */
export const MAX_PAYLOAD_LENGTH: number = MAX_FRAME_LENGTH - HEADER_LENGTH;

/** The largest finite max-age, in seconds. */
export const MAX_FINITE_MAX_AGE = 65_534;

/** The fields of the 12-byte header. */
export interface Header {
  /** When the frame was created, in whole seconds since 1970. */
  readonly timeStamp: number;
  /** Whether the frame is a request or a response. */
  readonly type: "request" | "response";
  /** In a request: the answer may be cached. In a response: this one may be. */
  readonly cache: boolean;
  /** In a request: include the steps. In a response: they are included. */
  readonly steps: boolean;
  /** 0 in a request; in a response 200 success, 400 client error, 500 server error. */
  readonly status: number;
  /**
   * In whole seconds; `Infinity` means no limit. In a request: the maximum age of
   * a cached answer. In a response: how long it may be cached. 0 without `cache`.
   */
  readonly maxAge: number;
}

/** The header fields that {@linkcode Frame.with} may change. */
export type HeaderChanges = {
  readonly [Field in keyof Header]?: Header[Field] | undefined;
};

/** The bits of byte 6. The upper three are reserved and written as 0. */
const CACHE = 0b0001_0000;
const STEPS = 0b0000_1000;
const REQUEST = 0b0000_0100;
const STATUS_HIGH = 0b0000_0011;

/** The value of the max-age field that means no limit. */
const NO_LIMIT = 65_535;

/**
 * One whole message: a header and its payload, as they are on the wire. Fields
 * are decoded on access, so forwarding a frame costs nothing. Reserved bits and
 * padding are ignored (docs/protocol.md, header-2).
 *
 * @example Usage
 * ```ts
 * import { Frame } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const frame = Frame.from({
 *   timeStamp: 1_670_340_737,
 *   type: "request",
 *   cache: true,
 *   steps: false,
 *   status: 0,
 *   maxAge: 60,
 * }, new Uint8Array([0xa1, 0x37]));
 * assertEquals(frame.bytes.length, 14);
 * assertEquals(frame.maxAge, 60);
 * assertEquals(frame.payload, new Uint8Array([0xa1, 0x37]));
 * ```
 */
export class Frame implements Header {
  /**
   * Header and payload. Do not write to them: a frame may be shared with a cache and
   * with other requests. Change a copy, or use {@linkcode Frame.with}.
   */
  readonly bytes: Uint8Array;

  /**
   * Wraps the bytes of a frame.
   *
   * @param bytes Exactly one frame. The bytes are not copied.
   * @throws {ProtocolError} If the length field contradicts the number of bytes.
   */
  constructor(bytes: Uint8Array) {
    if (bytes.length < HEADER_LENGTH) {
      throw new ProtocolError(
        `expected a frame of at least ${HEADER_LENGTH} bytes: found ${bytes.length}`,
      );
    }
    const length = frameLength(bytes);
    if (length !== bytes.length) {
      throw new ProtocolError(
        `the length field says ${length} bytes: found ${bytes.length}`,
      );
    }
    this.bytes = bytes;
  }

  /**
   * Creates a frame from a header and a payload.
   *
   * @param header The header fields; without `cache`, `maxAge` counts as 0.
   * @param payload The payload, at most 65,523 bytes.
   * @returns The encoded frame.
   * @throws {RangeError} If a field does not fit the header.
   * @throws {ProtocolError} If the payload does not fit in one frame.
   */
  static from(header: Header, payload: Uint8Array): Frame {
    const { timeStamp, status, maxAge } = header;
    checkField("time stamp", timeStamp, 2 ** 32 - 1);
    checkField("status", status, 2 ** 10 - 1);
    if (maxAge !== Infinity) {
      checkField("max-age", maxAge, MAX_FINITE_MAX_AGE, " or Infinity");
    }
    if (payload.length > MAX_PAYLOAD_LENGTH) {
      throw new ProtocolError(
        `expected a payload of at most ${MAX_PAYLOAD_LENGTH} bytes: found ${payload.length}`,
        "TooLarge",
      );
    }
    const length = HEADER_LENGTH + payload.length;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, timeStamp);
    view.setUint16(4, length);
    view.setUint16(
      6,
      (header.cache ? CACHE : 0) << 8 |
        (header.steps ? STEPS : 0) << 8 |
        (header.type === "request" ? REQUEST : 0) << 8 |
        status,
    );
    if (header.cache) view.setUint16(8, Math.min(maxAge, NO_LIMIT));
    bytes.set(payload, HEADER_LENGTH);
    return new Frame(bytes);
  }

  /** When the frame was created, in whole seconds since 1970. */
  get timeStamp(): number {
    return this.#uint16(0) * 65_536 + this.#uint16(2);
  }

  /** Whether the frame is a request or a response. */
  get type(): "request" | "response" {
    return this.#flag(REQUEST) ? "request" : "response";
  }

  /** Whether the answer may be cached. */
  get cache(): boolean {
    return this.#flag(CACHE);
  }

  /** Whether the steps are requested or included. */
  get steps(): boolean {
    return this.#flag(STEPS);
  }

  /** 0 in a request; in a response 200, 400 or 500. */
  get status(): number {
    return this.#uint16(6) & (STATUS_HIGH << 8 | 0xff);
  }

  /** In seconds, `Infinity` for no limit; 0 if the cache bit is off. */
  get maxAge(): number {
    const maxAge = this.cache ? this.#uint16(8) : 0;
    return maxAge === NO_LIMIT ? Infinity : maxAge;
  }

  /** The bytes after the header: a view on `bytes`, not a copy. */
  get payload(): Uint8Array {
    return this.bytes.subarray(HEADER_LENGTH);
  }

  /**
   * Creates a copy with some header fields changed, for example to let caches keep a
   * response for a shorter time.
   *
   * @param changes The fields to change. Without `cache`, `maxAge` counts as 0; when
   * you turn `cache` on, give both.
   * @returns The copy, which shares no bytes with the original. Reserved bits and
   * padding are 0.
   * @throws {RangeError} If a field does not fit the header.
   *
   * @example Usage
   * ```ts
   * import { calculator, type Handler } from "@calculator/tcp";
   *
   * // Responses expire after at most a minute.
   * function shortLived(handler: Handler): Handler {
   *   return async (request, client) => {
   *     const response = await handler(request, client);
   *     return response.with({ maxAge: Math.min(response.maxAge, 60) });
   *   };
   * }
   *
   * const handler = shortLived(calculator());
   * ```
   */
  with(changes: HeaderChanges): Frame {
    const { timeStamp, type, cache, steps, status, maxAge } = this;
    return Frame.from({
      timeStamp: changes.timeStamp ?? timeStamp,
      type: changes.type ?? type,
      cache: changes.cache ?? cache,
      steps: changes.steps ?? steps,
      status: changes.status ?? status,
      maxAge: changes.maxAge ?? maxAge,
    }, this.payload);
  }

  /**
   * Copies the frame, so that it outlives the buffer that it is a view on.
   *
   * @returns The same frame with its own bytes. Small copies share a buffer.
   */
  copy(): Frame {
    const { length } = this.bytes;
    const bytes = length <= MAX_SHARING
      ? allocateShared(length)
      : new Uint8Array(length);
    bytes.set(this.bytes);
    return new Frame(bytes);
  }

  #flag(bit: number): boolean {
    return (this.bytes[6]! & bit) !== 0;
  }

  #uint16(at: number): number {
    return this.bytes[at]! << 8 | this.bytes[at + 1]!;
  }
}

/** A buffer has an overhead of about 300 bytes, so copies up to this length share one. */
const MAX_SHARING = 128;

/** The length of a shared buffer. One frame in it keeps the whole buffer alive. */
const SHARED_LENGTH = 1_024;

let shared = new Uint8Array(SHARED_LENGTH);
let sharedUsed = 0;

function allocateShared(length: number): Uint8Array {
  if (sharedUsed + length > SHARED_LENGTH) {
    shared = new Uint8Array(SHARED_LENGTH);
    sharedUsed = 0;
  }
  return shared.subarray(sharedUsed, sharedUsed += length);
}

/**
 * The length of a whole frame in bytes, from the length field of its header.
 *
 * @param bytes A buffer that contains the header.
 * @param start Where the header begins.
 * @throws {ProtocolError} If the length is shorter than a header.
 */
export function frameLength(bytes: Uint8Array, start = 0): number {
  const length = lengthField(bytes, start);
  if (length < HEADER_LENGTH) {
    const header = bytes.subarray(start, start + HEADER_LENGTH);
    throw new ProtocolError(
      `expected a length field of ${HEADER_LENGTH} to ${MAX_FRAME_LENGTH} bytes: found ${length} in ${
        inHex(header)
      }`,
    );
  }
  return length;
}

function lengthField(bytes: Uint8Array, start: number): number {
  return bytes[start + 4]! << 8 | bytes[start + 5]!;
}

/**
 * Describes a truncated frame, as in
 * `16 of 24 bytes of a frame (63 8f 60 81 00 18 …)`.
 *
 * @param bytes The bytes received, less than a frame.
 */
export function describeCutFrame(bytes: Uint8Array): string {
  const length = bytes.length < 6 ? 0 : lengthField(bytes, 0);
  const whole = length < HEADER_LENGTH ? "" : ` of ${length}`;
  const count = `${bytes.length}${whole}`;
  const unit = count === "1" ? "byte" : "bytes";
  return `${count} ${unit} of a frame (${inHex(bytes)})`;
}

/** Formats bytes in hexadecimal, at most as many as a header has. */
function inHex(bytes: Uint8Array): string {
  const digits = Array.from(
    bytes.subarray(0, HEADER_LENGTH),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join(" ");
  return bytes.length > HEADER_LENGTH ? `${digits} …` : digits;
}

function checkField(
  name: string,
  value: number,
  max: number,
  others = "",
): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(
      `The ${name} of a frame must be a whole number from 0 to ${max}${others}: received ${value}`,
    );
  }
}
