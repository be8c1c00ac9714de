/**
 * The entries in the engine: a string for each response. Its key has everything that
 * distinguishes requests, so two requests never share an entry; its value is the
 * frame of the response, bit for bit.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { mayBeStored, remaining, type RequestTerms } from "../cache/mod.ts";
import { Frame, HEADER_LENGTH } from "../protocol/mod.ts";

/**
 * The prefix of all keys: a name and the version of the wire protocol, as frames of
 * another version have another meaning.
 */
const PREFIX = new TextEncoder().encode("calculator:1:");

/** A key that no request has, to see whether the engine answers. */
export const PROBE_KEY: Buffer = Buffer.from(PREFIX);

/** The terms of a request that accepts any cacheable response. */
const ANY: RequestTerms = { cache: true, maxAge: Infinity };

/**
 * The key of a request: the prefix, `s` if steps are requested or `n` if not, a
 * colon, and the payload.
 *
 * @param request The request.
 */
export function entryKey({ steps, bytes }: Frame): Buffer {
  const start = PREFIX.length + 2;
  const key = Buffer.allocUnsafe(start + bytes.length - HEADER_LENGTH);
  key.set(PREFIX);
  key.write(steps ? "s:" : "n:", PREFIX.length);
  key.set(bytes.subarray(HEADER_LENGTH), start);
  return key;
}

/**
 * Reads a value. Anyone may have written it, so it must be a response that this
 * cache could have stored.
 *
 * @param value The value.
 * @param now The time, in whole seconds since 1970.
 * @returns The response, or `undefined` if it is not one, or is stale.
 */
export function responseIn(value: Uint8Array, now: number): Frame | undefined {
  try {
    // The frame may be kept for hours, and the value is a view of a read buffer.
    const response = new Frame(value).copy();
    const isUsable = response.type === "response" &&
      mayBeStored(ANY, response, now);
    return isUsable ? response : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How long the engine should keep a response: as long as its server allows.
 *
 * @param response The response.
 * @param now The time, in whole seconds since 1970.
 * @returns The time in milliseconds; `Infinity` for no limit.
 */
export function timeToLive(response: Frame, now: number): number {
  return 1000 * remaining(ANY, response, now).server;
}
