/**
 * The cache key of a request (docs/protocol.md, caching-1): its payload, byte for
 * byte, and its steps bit.
 *
 * @module
 */

import { type Frame, HEADER_LENGTH } from "../protocol/mod.ts";
import { halfSipHash } from "./half_sip_hash.ts";

/** The secret hash key of this process. */
const [LOW, HIGH] = crypto.getRandomValues(new Int32Array(2));
const SECRET = [LOW!, HIGH!] as const;

/** How many bytes to convert per call: each of them is an argument. */
const CHUNK = 4_096;

/**
 * The cache key as a string, which takes far less memory than a byte array.
 *
 * @param request The request.
 * @returns One character for the steps bit and one for each byte of the payload.
 */
export function cacheKey({ bytes, steps }: Frame): string {
  const chars = bytes.slice(HEADER_LENGTH - 1);
  chars[0] = Number(steps);
  let key = "";
  for (let at = 0; at < chars.length; at += CHUNK) {
    key += String.fromCharCode(...chars.subarray(at, at + CHUNK));
  }
  return key;
}

/**
 * Whether a request has the given cache key, without computing its own.
 *
 * @param request The request.
 * @param key The key, from {@linkcode cacheKey}.
 * @returns `true` if the keys are equal.
 */
export function hasCacheKey({ bytes, steps }: Frame, key: string): boolean {
  const before = HEADER_LENGTH - 1;
  if (bytes.length - before !== key.length) return false;
  if (key.charCodeAt(0) !== Number(steps)) return false;
  for (let at = 1; at < key.length; at++) {
    if (bytes[before + at] !== key.charCodeAt(at)) return false;
  }
  return true;
}

/**
 * A hash of the cache key, different in each process. Keys may collide: check
 * with {@linkcode hasCacheKey}.
 *
 * @param request The request.
 * @returns A signed 32-bit integer.
 */
export function hashOf({ bytes, steps }: Frame): number {
  const hash = halfSipHash(SECRET, bytes, HEADER_LENGTH);
  return steps ? hash : ~hash;
}
