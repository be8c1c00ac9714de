import { assertEquals, assertNotEquals } from "@std/assert";
import { halfSipHash } from "../../lib/cache/half_sip_hash.ts";

/**
 * Of the bytes 0, 1, 2 … n − 1 for n from 0 to 63, with the key 0, 1 … 7: the
 * published vectors, which an implementation in another language agrees with.
 */
const VECTORS = `
  5814c896 e7e864ca bc4b0e30 01539939 7e059ea6 88e3d89b a0080b65 9d38d9d6
  577999b1 c839caed e4fa32cf 959246ee 6b28096c 66dd9cd6 16658a7c d0257b04
  8b31d501 2b1cd04b 06712339 522aca67 911bb605 90a65f0e f826ef7b 62512deb
  57150ad7 5d473507 1ec47442 ab64afd3 0a4100d0 6d2ce652 2331b6a3 08d8791a
  bc6dda8d e0f6c934 b0652033 9b9851cc 7c46fb7f 732ba8cb f142997a fcc9aa1b
  05327eb2 e110131c f9e5e7c0 a7d708a6 11795ab1 65671619 9f5fff91 d89c5267
  007783eb 95766243 ab639262 9c7e1390 c368dda6 38ddc455 fa13d379 979ea4e8
  53ecd77e 2ee80657 33dbb66a ae3f0577 88b4c4cc 3e7f480b 74c1ebf8 87178304
`.trim().split(/\s+/);

Deno.test("half_sip_hash: agrees with the published vectors", () => {
  const key = [0x03020100, 0x07060504] as const;
  const bytes = Uint8Array.from({ length: 64 }, (_, index) => index);
  const hashes = VECTORS.map((_, length) => {
    const hash = halfSipHash(key, bytes.subarray(0, length)) >>> 0;
    return hash.toString(16).padStart(8, "0");
  });
  assertEquals(hashes, VECTORS);
});

Deno.test("half_sip_hash: begins at the start index, and depends on both words of the key", () => {
  const bytes = Uint8Array.of(9, 9, 9, 1, 2, 3, 4, 5);
  const hash = halfSipHash([1, 2], bytes, 3);
  assertEquals(halfSipHash([1, 2], bytes.subarray(3)), hash);
  assertNotEquals(halfSipHash([2, 2], bytes, 3), hash);
  assertNotEquals(halfSipHash([1, 3], bytes, 3), hash);
});
