import { assertEquals } from "@std/assert";
import type { Fact } from "../../lib/watch/fact.ts";
import { type FactRecord, record } from "../../lib/watch/record.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { facts } from "./facts.ts";

const client = CLIENT.address;
const server = "[::1]:9999";
const error = "Connection refused by [::1]:9999";
const remaining = { serverTimeRemaining: 60, clientTimeRemaining: "inf" };

const records: Record<Fact["type"], FactRecord> = {
  listening: { event: "listening", address: server },
  connected: { event: "connected", client },
  refused: { event: "refused", client },
  request: { event: "request", client, bytes: 18 },
  response: { event: "response", client, bytes: 24 },
  hit: { event: "hit", client, ...remaining },
  stored: { event: "stored", client, ...remaining },
  shared: { event: "shared", client, ...remaining },
  "not stored": { event: "not stored", client },
  stale: { event: "stale", client },
  "stale on error": { event: "stale on error", client, error },
  asking: { event: "asking", client, server, attempt: 1 },
  "upstream opened": { event: "upstream opened", client, server },
  sending: { event: "sending", client, server, bytes: 18 },
  answered: { event: "answered", client, server, status: 200, bytes: 24 },
  "upstream closed": { event: "upstream closed", client, server },
  "no answer": { event: "no answer", client, server, attempt: 2, error },
  failure: { event: "failure", client, error },
  fault: { event: "failure", client, error: "a bug" },
  closed: { event: "closed", client, reason: undefined },
  counters: { event: "counters", accepted: 2, bytesSent: 76 },
  page: { event: "page", url: "http://127.0.0.1:8080/" },
  dropped: { event: "dropped", lines: 7 },
};

for (const fact of Object.values(facts)) {
  Deno.test(`record: «${fact.type}» as an object`, () => {
    assertEquals(record(fact), records[fact.type]);
  });
}

Deno.test("record: a connection that did not end in good order has its reason", () => {
  const reason = new Error("made room for another client");
  assertEquals(record({ ...facts.closed, reason }), {
    event: "closed",
    client,
    reason: "made room for another client",
  });
});

Deno.test("record: what is thrown need not be an error", () => {
  assertEquals(record({ ...facts.fault, error: 7 }), {
    event: "failure",
    client,
    error: "7",
  });
});
