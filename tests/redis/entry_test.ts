import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  encodeClientError,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import {
  entryKey,
  PROBE_KEY,
  responseIn,
  timeToLive,
} from "../../lib/redis/entry.ts";

const response = encodeSuccess({ result: "3", steps: [] }, { maxAge: 60 });
const now = response.timeStamp;

/** A request with the given payload. */
function requestOf(payload: Uint8Array, steps: boolean, maxAge: number): Frame {
  return Frame.from({
    timeStamp: now,
    type: "request",
    cache: true,
    steps,
    status: 0,
    maxAge,
  }, payload);
}

Deno.test("entry: two requests have the same key if payload and steps bit are the same", () => {
  const payload = fc.uint8Array({ maxLength: 4 });
  fc.assert(fc.property(
    ...[payload, payload, fc.boolean(), fc.boolean()] as const,
    (one, other, steps, otherSteps) => {
      const key = entryKey(requestOf(one, steps, 1));
      const otherKey = entryKey(requestOf(other, otherSteps, 60));
      const isSame = steps === otherSteps && one.join() === other.join();
      assertEquals(key.equals(otherKey), isSame);
      assert(!key.equals(PROBE_KEY));
    },
  ));
});

Deno.test("entry: a key is readable, and holds the largest payload", () => {
  const text = (request: Frame) => entryKey(request).toString("latin1");
  assertEquals(text(encodeRequest("1 + 2")), "calculator:1:s:\xa51 + 2");
  assertEquals(
    text(encodeRequest("1 + 2", { steps: false })),
    "calculator:1:n:\xa51 + 2",
  );
  const largest = requestOf(new Uint8Array(65_523).fill(7), true, 1);
  assertEquals(entryKey(largest).length, 65_523 + 15);
});

Deno.test("entry: a response that could have been stored is read, bit for bit", () => {
  const good = [
    response,
    encodeSuccess({ result: "3", steps: [] }),
    encodeClientError(
      { name: "SyntaxError", message: "" },
      { cache: true, maxAge: 60 },
    ),
  ];
  for (const frame of good) {
    assertEquals(responseIn(frame.bytes, now)?.bytes, frame.bytes);
  }
  // It outlives the buffer that it was read from.
  const buffer = response.bytes.slice();
  const read = responseIn(buffer, now);
  buffer.fill(0);
  assertEquals(read, response);
});

Deno.test("entry: anything else under a key is a miss", () => {
  const { payload, timeStamp, steps, status } = response;
  const header = { timeStamp, type: "response", steps, status } as const;
  const wrong = {
    empty: new Uint8Array(),
    text: new TextEncoder().encode("not a frame at all"),
    truncated: response.bytes.subarray(0, -1),
    "too long": Uint8Array.of(...response.bytes, 0),
    "a request": encodeRequest("1 + 2").bytes,
    "a server error": encodeServerError({ name: "Busy", message: "" }).bytes,
    "status 300": Frame.from(
      { ...header, status: 300, cache: true, maxAge: 60 },
      payload,
    ).bytes,
    "not for caches":
      Frame.from({ ...header, cache: false, maxAge: 0 }, payload).bytes,
    stale: Frame.from(
      { ...header, timeStamp: now - 60, cache: true, maxAge: 60 },
      payload,
    ).bytes,
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    assertEquals(responseIn(bytes, now), undefined, what);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const read = responseIn(bytes, now);
    assert(read === undefined || read.type === "response");
  }));
});

Deno.test("entry: the engine keeps a response for as long as the server allows", () => {
  assertEquals(timeToLive(response, now + 20), 40_000);
  const unlimited = encodeSuccess({ result: "3", steps: [] });
  assertEquals(timeToLive(unlimited, now), Infinity);
});
