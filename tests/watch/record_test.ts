import { assertEquals } from "@std/assert";
import { encodeRequest } from "../../lib/message/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import type { Fact } from "../../lib/watch/fact.ts";
import { type FactRecord, record } from "../../lib/watch/record.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { facts } from "./facts.ts";

const client = CLIENT.address;
const tier = "memory";
const engine = "redis://[::1]:6379";
const server = "[::1]:9999";
const error = "Connection refused by [::1]:9999";
const remaining = { serverTimeRemaining: 60, clientTimeRemaining: "inf" };

const asked = {
  bytes: 18,
  expression: "1 + 2",
  steps: true,
  cache: true,
  maxAge: "inf",
};
const answered = {
  bytes: 24,
  status: 200,
  error: undefined,
  timeStamp: facts.response.response.timeStamp,
  cache: true,
  maxAge: "inf",
};

const records: Record<Fact["type"], FactRecord> = {
  listening: { event: "listening", address: server },
  connected: { event: "connected", client },
  identified: { event: "identified", client, identity: "alice.example" },
  refused: { event: "refused", client },
  request: { event: "request", client, ...asked },
  response: { event: "response", client, ...answered },
  hit: { event: "hit", client, tier, ...remaining },
  stored: { event: "stored", client, tier, ...remaining },
  joined: { event: "joined", client, tier, ...remaining },
  "not stored": { event: "not stored", client, tier },
  refreshing: {
    event: "refreshing",
    client,
    tier: "memory",
    timeStamp: facts.response.response.timeStamp,
  },
  stale: { event: "stale", client, tier, stored: true, ...remaining },
  "stale on error": { event: "stale on error", client, tier, error },
  asking: { event: "asking", client, server, attempt: 1 },
  "upstream opened": { event: "upstream opened", client, server },
  sending: { event: "sending", client, server, bytes: 18 },
  answered: { event: "answered", client, server, ...answered },
  "upstream closed": { event: "upstream closed", client, server },
  "no answer": { event: "no answer", client, server, attempt: 2, error },
  resting: { event: "resting", server, rest: 10, error },
  back: { event: "back", server },
  gone: { event: "gone", server },
  failure: { event: "failure", client, error },
  fault: { event: "failure", client, error: "a bug" },
  closing: {
    event: "closing",
    client,
    bytes: 40,
    status: 500,
    error: "Busy",
    timeStamp: facts.closing.response.timeStamp,
    cache: false,
    maxAge: 0,
  },
  closed: { event: "closed", client, reason: undefined },
  "shared cache down": { event: "shared cache down", engine, error },
  "shared cache up": { event: "shared cache up", engine },
  "not shared": { event: "not shared", engine, error },
  counters: { event: "counters", accepted: 2, bytesSent: 76 },
  "server counters": {
    event: "server counters",
    server,
    attempts: 3,
    failures: 1,
    resting: true,
  },
  page: { event: "page", url: "http://127.0.0.1:8080/" },
  reloaded: { event: "reloaded" },
  "not reloaded": { event: "not reloaded", error: "no such file" },
  dropped: { event: "dropped", lines: 7 },
};

for (const fact of Object.values(facts)) {
  Deno.test(`record: ${fact.type} as an object`, () => {
    assertEquals(record(fact), records[fact.type]);
  });
}

Deno.test("record: a connection that did not end cleanly has its reason", () => {
  const reason = new Error("made room for another client");
  assertEquals(record({ ...facts.closed, reason }), {
    event: "closed",
    client,
    reason: "made room for another client",
  });
});

Deno.test("record: a thrown value need not be an error", () => {
  assertEquals(record({ ...facts.fault, error: 7 }), {
    event: "failure",
    client,
    error: "7",
  });
});

Deno.test("record: a request with a payload that does not decode has its first bytes", () => {
  const { timeStamp, type, cache, steps, status } = encodeRequest("7");
  const header = { timeStamp, type, cache, steps, status, maxAge: 60 };
  const request = Frame.from(header, Uint8Array.of(0x91, 0x07));
  assertEquals(record({ ...facts.request, request }), {
    event: "request",
    client,
    bytes: 14,
    payload: "91 07",
    steps: true,
    cache: true,
    maxAge: 60,
  });
});

Deno.test("record: a stale response that has not been replaced", () => {
  assertEquals(record({ ...facts.stale, remaining: undefined }), {
    event: "stale",
    client,
    tier,
    stored: false,
  });
});
