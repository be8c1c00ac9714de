import { NoAnswerError } from "../../lib/net/mod.ts";
import {
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import type { Fact } from "../../lib/watch/fact.ts";
import { CLIENT } from "../../tools/harness/client.ts";

const client = CLIENT;
const tier = "memory";
const engine = "redis://[::1]:6379";
const upstream = { hostname: "::1", port: 9999 };
const request = encodeRequest("1 + 2");
const response = encodeSuccess({ result: "3", steps: ["1 + 2", "3"] });
const refusal = encodeServerError({ name: "Busy", message: "too many" });
const remaining = { server: 60, client: Infinity };
const error = new NoAnswerError("refused", "Connection refused by [::1]:9999");

/** A fact of every type. */
export const facts: { readonly [Type in Fact["type"]]: Fact & { type: Type } } =
  {
    listening: { type: "listening", address: upstream },
    connected: { type: "connected", client },
    identified: {
      type: "identified",
      client: { ...client, identity: "alice.example" },
    },
    refused: { type: "refused", client },
    request: { type: "request", client, request },
    response: { type: "response", client, response },
    hit: { type: "hit", tier, client, request, remaining },
    stored: { type: "stored", tier, client, request, remaining },
    joined: { type: "joined", tier, client, request, remaining },
    "not stored": { type: "not stored", tier, client, request },
    refreshing: {
      type: "refreshing",
      tier: "memory",
      client,
      request,
      response,
    },
    stale: { type: "stale", tier, client, request, remaining },
    "stale on error": { type: "stale on error", tier, client, request, error },
    asking: { type: "asking", client, upstream, request, attempt: 1 },
    "upstream opened": { type: "upstream opened", client, upstream },
    sending: { type: "sending", client, upstream, request },
    answered: { type: "answered", client, upstream, response },
    "upstream closed": { type: "upstream closed", client, upstream },
    "no answer": { type: "no answer", client, upstream, attempt: 2, error },
    resting: { type: "resting", upstream, rest: 10_000, error },
    back: { type: "back", upstream },
    gone: { type: "gone", upstream },
    failure: { type: "failure", client, request, error },
    fault: { type: "fault", client, error: new TypeError("a bug") },
    closing: { type: "closing", client, response: refusal },
    closed: { type: "closed", client, reason: undefined },
    "shared cache down": { type: "shared cache down", engine, error },
    "shared cache up": { type: "shared cache up", engine },
    "not shared": { type: "not shared", engine, error },
    counters: { type: "counters", counts: { accepted: 2, bytesSent: 76 } },
    "server counters": {
      type: "server counters",
      server: "[::1]:9999",
      counts: { attempts: 3, failures: 1, resting: true },
    },
    page: { type: "page", url: "http://127.0.0.1:8080/" },
    reloaded: { type: "reloaded" },
    "not reloaded": { type: "not reloaded", error: new Error("no such file") },
    dropped: { type: "dropped", lines: 7 },
  };
