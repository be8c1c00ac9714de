import { assertEquals } from "@std/assert";
import {
  age,
  isFresh,
  isServerError,
  mayBeAnsweredFromCache,
  mayBeStored,
  remaining,
} from "../../lib/cache/mod.ts";
import { Frame, type Header } from "../../lib/protocol/mod.ts";

const NOW = 2_000_000_000;

/** Negative: stamped in the future. The last one was stamped in 1970. */
const AGES = [-100_000, -1, 0, 1, 9, 10, 11, 65_533, 65_534, 65_535, NOW];

/** What each max-age means: the greatest age that is still fresh. */
const FRESH_UP_TO: [maxAge: number, age: number][] = [
  [0, -Infinity],
  [1, 0],
  [10, 9],
  [65_534, 65_533],
  [Infinity, Infinity],
];

/** What either side may say about caching, and what it means. */
const TERMS = [true, false].flatMap((cache) =>
  FRESH_UP_TO.map(([maxAge, freshUpTo]) => ({
    cache,
    maxAge,
    freshUpTo: cache ? freshUpTo : -Infinity,
  }))
);

function frameOf(header: Partial<Header>): Frame {
  return Frame.from({
    timeStamp: NOW,
    type: "response",
    cache: true,
    steps: true,
    status: 200,
    maxAge: Infinity,
    ...header,
  }, new Uint8Array());
}

Deno.test("freshness: a response is fresh while it is younger than both max-ages", () => {
  for (const asked of TERMS) {
    for (const given of TERMS) {
      for (const seconds of AGES) {
        const request = frameOf({ cache: asked.cache, maxAge: asked.maxAge });
        const response = frameOf({
          cache: given.cache,
          maxAge: given.maxAge,
          timeStamp: NOW - seconds,
        });
        assertEquals(
          isFresh(remaining(request, response, NOW)),
          seconds <= asked.freshUpTo && seconds <= given.freshUpTo,
          Deno.inspect({ asked, given, seconds }),
        );
      }
    }
  }
});

Deno.test("freshness: a response is kept if it is fresh, both cache bits are on and it is no server error", () => {
  const STATUSES: (readonly [status: number, isKept: boolean])[] = [
    ...[0, 100, 199, 201, 399].map((status) => [status, false] as const),
    [200, true],
    [400, true],
    [499, true],
    ...[500, 599, 600, 1023].map((status) => [status, false] as const),
  ];
  for (const asked of TERMS) {
    for (const given of TERMS) {
      for (const seconds of AGES) {
        for (const [status, isKept] of STATUSES) {
          const timeStamp = NOW - seconds;
          // Not frames, which give a max-age of 0 without the cache bit anyway.
          assertEquals(
            mayBeStored(asked, { ...given, status, timeStamp }, NOW),
            isKept && seconds <= asked.freshUpTo && seconds <= given.freshUpTo,
            Deno.inspect({ asked, given, seconds, status }),
          );
        }
      }
    }
  }
});

Deno.test("freshness: a request with max-age 0 or without the cache bit is not answered from a cache", () => {
  for (const { cache, maxAge, freshUpTo } of TERMS) {
    assertEquals(
      mayBeAnsweredFromCache(frameOf({ type: "request", cache, maxAge })),
      freshUpTo >= 0,
    );
  }
});

Deno.test("freshness: the remaining time is in seconds, for each side", () => {
  const cases = [
    { asked: 60, given: 10, seconds: 4, client: 56, server: 6 },
    { asked: 10, given: 60, seconds: 10, client: 0, server: 50 },
    { asked: 10, given: 0, seconds: 11, client: -1, server: -11 },
    {
      asked: Infinity,
      given: 65_534,
      seconds: 1,
      client: Infinity,
      server: 65_533,
    },
    { asked: 60, given: Infinity, seconds: 61, client: -1, server: Infinity },
    {
      asked: Infinity,
      given: Infinity,
      seconds: NOW,
      client: Infinity,
      server: Infinity,
    },
  ];
  for (const { asked, given, seconds, client, server } of cases) {
    const request = frameOf({ maxAge: asked });
    const response = frameOf({ maxAge: given, timeStamp: NOW - seconds });
    assertEquals(remaining(request, response, NOW), { client, server });
  }
});

Deno.test("freshness: a response with a time stamp in the future has age 0", () => {
  const request = frameOf({ maxAge: 60 });
  for (const ahead of [0, 1, 100_000]) {
    const response = frameOf({ maxAge: 10, timeStamp: NOW + ahead });
    assertEquals(age(response, NOW), 0);
    assertEquals(remaining(request, response, NOW), { client: 60, server: 10 });
  }
  assertEquals(age(frameOf({ timeStamp: NOW - 7 }), NOW), 7);
});

Deno.test("freshness: a response is at least as old as the time it has spent in the cache", () => {
  const cases = [
    { seconds: 7, resident: 3, expected: 7 },
    { seconds: 3, resident: 7, expected: 7 },
    { seconds: -3600, resident: 7, expected: 7 },
    { seconds: -3600, resident: 0, expected: 0 },
    // The clock of the cache has been set back.
    { seconds: -3600, resident: -3600, expected: 0 },
  ];
  for (const { seconds, resident, expected } of cases) {
    const response = frameOf({ maxAge: 10, timeStamp: NOW - seconds });
    assertEquals(age(response, NOW, resident), expected);
    assertEquals(
      remaining(frameOf({ maxAge: 60 }), response, NOW, resident),
      { client: 60 - expected, server: 10 - expected },
    );
  }
});

Deno.test("freshness: the statuses 500 to 599 are server errors", () => {
  for (const status of [0, 200, 400, 499, 600, 1023]) {
    assertEquals(isServerError({ status }), false);
  }
  for (const status of [500, 503, 599]) {
    assertEquals(isServerError({ status }), true);
  }
});
