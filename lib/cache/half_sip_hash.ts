/** A secret key of 64 bits: the low word, then the high word. */
export type SipKey = readonly [low: number, high: number];

/**
 * HalfSipHash-1-3, a keyed hash of 32 bits. Without the key, an attacker cannot
 * find collisions to flood one bucket of a hash table.
 *
 * @param key The secret key.
 * @param bytes The bytes to hash.
 * @param start The index of the first byte to hash.
 * @returns The hash as a signed integer.
 */
export function halfSipHash(
  [low, high]: SipKey,
  bytes: Uint8Array,
  start = 0,
): number {
  const length = bytes.length - start;
  const words = length >>> 2;
  let v0 = low;
  let v1 = high;
  let v2 = low ^ 0x6c796765;
  let v3 = high ^ 0x74656462;
  // One round per word, one for the remaining bytes and the length, three to finalize.
  for (let round = 0; round < words + 4; round++) {
    const at = start + 4 * round;
    let word = 0;
    if (round < words) {
      word = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 |
        bytes[at + 3]! << 24;
    } else if (round === words) {
      word = length << 24;
      for (let i = at; i < bytes.length; i++) word |= bytes[i]! << 8 * (i - at);
    } else if (round === words + 1) {
      v2 ^= 0xff;
    }
    v3 ^= word;
    v0 = v0 + v1 | 0;
    v1 = rotate(v1, 5) ^ v0;
    v0 = rotate(v0, 16);
    v2 = v2 + v3 | 0;
    v3 = rotate(v3, 8) ^ v2;
    v0 = v0 + v3 | 0;
    v3 = rotate(v3, 7) ^ v0;
    v2 = v2 + v1 | 0;
    v1 = rotate(v1, 13) ^ v2;
    v2 = rotate(v2, 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}

function rotate(word: number, bits: number): number {
  return word << bits | word >>> 32 - bits;
}
