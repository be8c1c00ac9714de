import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cacheKey, hasCacheKey, hashOf } from "../../lib/cache/cache_key.ts";
import { Frame, MAX_PAYLOAD_LENGTH } from "../../lib/protocol/mod.ts";

function requestOf(payload: Uint8Array, steps = true): Frame {
  return Frame.from({
    timeStamp: 0,
    type: "request",
    cache: true,
    steps,
    status: 0,
    maxAge: 60,
  }, payload);
}

Deno.test("cache key: requests have the same key if payload and steps bit are the same, and only then", () => {
  const aRequest = fc.record({
    // Few different bytes, so that the data is often the same.
    data: fc.array(fc.constantFrom(0, 1, 0x2b, 0xff), { maxLength: 3 }),
    steps: fc.boolean(),
  });
  fc.assert(
    fc.property(aRequest, aRequest, (one, other) => {
      const a = requestOf(Uint8Array.from(one.data), one.steps);
      const b = requestOf(Uint8Array.from(other.data), other.steps);
      const isSame = one.steps === other.steps &&
        one.data.join() === other.data.join();
      assertEquals(hasCacheKey(b, cacheKey(a)), isSame);
      assertEquals(cacheKey(a) === cacheKey(b), isSame);
      if (isSame) assertEquals(hashOf(a), hashOf(b));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("cache key: the longest payload has one as well", () => {
  const payload = crypto.getRandomValues(new Uint8Array(MAX_PAYLOAD_LENGTH));
  const request = requestOf(payload);
  const key = cacheKey(request);
  assert(hasCacheKey(request, key));
  const other = requestOf(payload);
  other.bytes[other.bytes.length - 1]! ^= 1;
  assert(!hasCacheKey(other, key));
});
