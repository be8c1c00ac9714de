import { type Frame, HEADER_LENGTH } from "../protocol/mod.ts";

/** FNV-1a for 32 bits. */
const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A number that is the same for requests that ask for the same thing, and hardly
 * ever for others. Whoever finds something by it must make sure: two requests
 * that share a number have to share a place, and each drives the other out.
 */
export function keyOf({ bytes, steps }: Frame): number {
  let hash = steps ? BASIS : ~BASIS;
  for (let at = HEADER_LENGTH; at < bytes.length; at++) {
    hash = Math.imul(hash ^ bytes[at]!, PRIME);
  }
  return hash;
}

/** Requests ask for the same thing if they have the same data and the same steps bit. */
export function isSame(one: Frame, other: Frame): boolean {
  const { length } = one.bytes;
  if (length !== other.bytes.length || one.steps !== other.steps) return false;
  for (let at = HEADER_LENGTH; at < length; at++) {
    if (one.bytes[at] !== other.bytes[at]) return false;
  }
  return true;
}
