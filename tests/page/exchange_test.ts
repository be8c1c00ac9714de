import { assertEquals } from "@std/assert";
import {
  askerOf,
  ladderOf,
  outcomeOf,
  summaryOf,
} from "../../lib/page/web/exchange.js";

const hello = { role: "proxy", servers: ["[::1]:9999"], attempts: 5 };
const client = "127.0.0.1:64031";
const server = "[::1]:9999";

/** The lines of a ladder as text: who to whom, and what. */
function lines(records: readonly object[], withTcp = false): string[] {
  const exchange = exchangeOf(records);
  return ladderOf(exchange, hello, withTcp).lines.map(
    ({ kind, from, to, text }) =>
      kind === "note"
        ? text
        : `${from}${kind === "failed" ? "-x" : "->"}${to} ${text}`,
  );
}

function exchangeOf(facts: readonly object[]) {
  const records = facts.map((fact, at) => ({
    event: "",
    exchange: 1,
    at,
    client,
    ...fact,
  }));
  return { id: 1, time: 1_000_000_000_000, client, records };
}

const miss = [
  { event: "connected" },
  { event: "request", bytes: 26 },
  { event: "asking", server, attempt: 1 },
  { event: "upstream opened", server },
  { event: "sending", server, bytes: 26 },
  { event: "answered", server, status: 200, bytes: 38 },
  { event: "upstream closed", server },
  { event: "stored", serverTimeRemaining: 60 },
  { event: "response", status: 200, bytes: 38, outcome: "miss" },
  { event: "closed" },
];

Deno.test("exchange: a miss as a ladder", () => {
  assertEquals(lines(miss), [
    "0->1 open",
    "0->1 request, 26",
    "not in the cache",
    "1->2 open",
    "1->2 request, 26",
    "2->1 200, 38",
    "1->2 close",
    "stored for 60 s",
    "1->0 200, 38",
    "0->1 close",
  ]);
  assertEquals(summaryOf(exchangeOf(miss)), "miss, stored for 60 s");
});

Deno.test("exchange: a hit has its age and how long it is good", () => {
  const hit = {
    event: "hit",
    serverTimeRemaining: 7,
    clientTimeRemaining: "inf",
  };
  const response = {
    event: "response",
    status: 200,
    bytes: 38,
    timeStamp: 999_999_997,
  };
  assertEquals(
    lines([hit, response])[0],
    "in the cache: 3 s old, good for 7 s more",
  );
  const unlimited = { ...hit, serverTimeRemaining: "inf" };
  assertEquals(
    lines([unlimited, response])[0],
    "in the cache: 3 s old, good without limit",
  );
});

Deno.test("exchange: a stale response is noted as soon as the server is asked", () => {
  const refreshing = { event: "refreshing", timeStamp: 999_999_987 };
  const asking = { event: "asking", server, attempt: 1 };
  assertEquals(lines([refreshing, asking]), ["in the cache: 13 s old, stale"]);
  const stale = { event: "stale", stored: true, serverTimeRemaining: 10 };
  assertEquals(lines([refreshing, asking, stale]).at(-1), "stored for 10 s");
});

Deno.test("exchange: a request that forbids caching is not looked up", () => {
  const asking = { event: "asking", server, attempt: 1 };
  for (const forbids of [{ cache: false }, { cache: true, maxAge: 0 }]) {
    const request = { event: "request", bytes: 26, ...forbids };
    assertEquals(
      lines([request, asking]).at(-1),
      "not looked up: the request forbids it",
    );
  }
});

Deno.test("exchange: the notes name the shared tier", () => {
  const tier = "shared";
  const times = { serverTimeRemaining: 7, clientTimeRemaining: "inf" };
  assertEquals(
    lines([
      { event: "hit", tier, ...times },
      { event: "stored", tier: "memory", ...times },
      { event: "response", status: 200, bytes: 38, timeStamp: 999_999_997 },
    ]).slice(0, 2),
    ["in the shared cache: 3 s old, good for 7 s more", "stored for 7 s"],
  );
  assertEquals(
    lines([
      { event: "refreshing", tier, timeStamp: 999_999_990 },
      { event: "stored", tier, ...times },
    ]),
    [
      "in the shared cache: 10 s old, stale",
      "stored in the shared cache for 7 s",
    ],
  );
});

Deno.test("exchange: several servers are asked in turn", () => {
  const other = "127.0.0.1:2";
  assertEquals(
    lines([
      { event: "asking", server, attempt: 1 },
      { event: "no answer", server, attempt: 1, reason: "refused" },
      { event: "asking", server: other, attempt: 1 },
      { event: "upstream opened", server: other },
      { event: "answered", server: other, status: 200, bytes: 38 },
    ]),
    [
      "not in the cache",
      "1-x2 refused, attempt 1 of 5",
      "1->3 open",
      "3->1 200, 38",
    ],
  );
});

Deno.test("exchange: a client is known by its certificate, or by its host", () => {
  const exchange = exchangeOf(miss);
  assertEquals(askerOf(exchange), "127.0.0.1");
  assertEquals(askerOf({ ...exchange, identity: "ann" }), "ann");
});

Deno.test("exchange: a connection that is closed has its reason in the summary", () => {
  const summary = (...records: object[]) => {
    const exchange = exchangeOf([{ event: "connected" }, ...records]);
    return [outcomeOf(exchange), summaryOf(exchange)];
  };
  const reason = "a client certificate is required";
  assertEquals(summary({ event: "closed" }), [
    "closed",
    "closed without a request",
  ]);
  assertEquals(summary({ event: "request" }, { event: "closed" }), [
    "closed",
    "closed before the response",
  ]);
  assertEquals(summary({ event: "closed", reason: "idle" }), [
    "closed",
    "closed: idle",
  ]);
  assertEquals(
    summary({ event: "closing", status: 500 }, { event: "closed", reason }),
    ["error", `closed: ${reason}`],
  );
});

Deno.test("exchange: a client that is refused", () => {
  assertEquals(lines([{ event: "connected" }, { event: "refused" }]), [
    "0->1 open",
    "1->0 close",
    "refused: too many connections",
  ]);
});

Deno.test("exchange: attempts that fail", () => {
  assertEquals(
    lines([
      { event: "asking", server, attempt: 1 },
      { event: "no answer", server, attempt: 1, reason: "refused", error: "" },
      { event: "asking", server, attempt: 2 },
      {
        event: "no answer",
        server,
        attempt: 2,
        reason: "closed",
        error: "It closed",
      },
    ]),
    [
      "not in the cache",
      "1-x2 refused, attempt 1 of 5",
      "It closed (attempt 2 of 5)",
    ],
  );
});

Deno.test("exchange: who closed it, and why", () => {
  assertEquals(lines([{ event: "closed" }]), ["0->1 close"]);
  assertEquals(lines([{ event: "closed", reason: "too slow" }]), [
    "1->0 close",
    "too slow",
  ]);
});

Deno.test("exchange: each server address has a lane", () => {
  const other = "127.0.0.1:1";
  const records = [{ event: "upstream opened", server: other }];
  assertEquals(ladderOf(exchangeOf(records), hello, false).lanes, [
    "client",
    "proxy",
    `server ${server}`,
    `server ${other}`,
  ]);
  assertEquals(lines(records), ["1->3 open"]);
});

Deno.test("exchange: what TCP sends is unfolded", () => {
  assertEquals(
    lines([
      { event: "connected" },
      { event: "no answer", server, attempt: 1, reason: "refused" },
      { event: "closed" },
    ], true),
    [
      ...["0->1 open", "0->1 SYN", "1->0 SYN, ACK", "0->1 ACK"],
      ...["1->2 SYN", "2->1 RST", "1-x2 refused, attempt 1 of 5"],
      ...["0->1 close", "0->1 FIN", "1->0 ACK"],
    ],
  );
});
