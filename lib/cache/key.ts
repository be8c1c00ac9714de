import { type Frame, HEADER_LENGTH } from "../protocol/mod.ts";

/** Unknown to others, so that nobody can choose requests that share a key. */
const [BASIS = 0] = crypto.getRandomValues(new Uint32Array(1));

/** The prime of FNV-1a for 32 bits. */
const PRIME = 16_777_619;

/**
 * A number that is the same for requests that ask for the same thing, and hardly
 * ever for others: whoever finds something by it must make sure.
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
