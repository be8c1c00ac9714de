import { assertEquals } from "@std/assert";
import type { Fact } from "../../lib/watch/fact.ts";
import { sentence } from "../../lib/watch/sentence.ts";
import { verboseSentence } from "../../lib/watch/verbose_sentence.ts";
import { CLIENT } from "../../tools/harness/client.ts";
import { facts } from "./facts.ts";

const AT = "{127.0.0.1:64031}";
const REMAINING = "server time remaining: 60.00, client time remaining: inf";

/** The log line for each type of fact: for both roles, or for server and proxy. */
const lines: Record<
  Fact["type"],
  string | undefined | [server: string, proxy: string | undefined]
> = {
  listening: "Listening on [::1]:9999",
  connected: [
    "Connection established with 127.0.0.1:64031",
    `${AT} Connection established`,
  ],
  identified: `${AT} Client certificate of alice.example`,
  refused: `${AT} Connection refused: too many connections`,
  request: [`${AT} Got request of length 18 bytes`, undefined],
  response: `${AT} Sending response of length 24 bytes`,
  hit: `${AT} Cache hit, ${REMAINING}`,
  stored: `${AT} Cache miss, response cached, ${REMAINING}`,
  joined: `${AT} Cache miss, response cached, ${REMAINING}`,
  "not stored": `${AT} Cache miss, response not cached`,
  refreshing: undefined,
  stale: `${AT} Cache miss, stale response`,
  "stale on error":
    `${AT} Cache miss, stale response sent: Connection refused by [::1]:9999`,
  asking: undefined,
  "upstream opened": undefined,
  sending: undefined,
  answered: undefined,
  "upstream closed": undefined,
  "no answer": undefined,
  resting: "Server [::1]:9999 rests for 10 s: Connection refused by [::1]:9999",
  back: "Server [::1]:9999 is back",
  gone: "Server [::1]:9999 is gone: its name no longer resolves to it",
  failure: `${AT} Connection refused by [::1]:9999`,
  fault: `${AT} a bug`,
  closing: undefined,
  closed: `${AT} Connection closed`,
  "shared cache down":
    "Shared cache redis://[::1]:6379 is down: Connection refused by [::1]:9999",
  "shared cache up": "Shared cache redis://[::1]:6379 is up",
  "not shared": undefined,
  counters: "Counters: accepted 2, bytes sent 76",
  "server counters": "Counters of [::1]:9999: attempts 3, failures 1, resting",
  page: "Page on http://127.0.0.1:8080/",
  reloaded: "Certificates reloaded for new connections",
  "not reloaded":
    "Certificates not reloaded; the old ones stay in use: no such file",
  dropped: "7 lines were dropped",
};

for (const fact of Object.values(facts)) {
  Deno.test(`sentence: the log line for ${fact.type}`, () => {
    const expected = lines[fact.type];
    const [server, proxy] = Array.isArray(expected)
      ? expected
      : [expected, expected];
    assertEquals(sentence(fact, "server"), server);
    assertEquals(sentence(fact, "proxy"), proxy);
  });
}

Deno.test("sentence: a connection that did not end cleanly has its reason", () => {
  const reason = new Error("made room for another client");
  assertEquals(
    sentence({ ...facts.closed, reason }, "server"),
    `${AT} Connection closed: made room for another client`,
  );
});

Deno.test("sentence: of the shared cache, only hits have a line", () => {
  const tier = "shared";
  assertEquals(
    sentence({ ...facts.hit, tier }, "proxy"),
    `${AT} Shared cache hit, ${REMAINING}`,
  );
  for (const type of ["stored", "not stored", "stale"] as const) {
    assertEquals(sentence({ ...facts[type], tier }, "proxy"), undefined);
    assertEquals(
      verboseSentence({ ...facts[type], tier }, "proxy", undefined),
      undefined,
    );
  }
});

Deno.test("sentence: a time is shown with two decimals", () => {
  const remaining = { server: 59.5, client: 0.123 };
  assertEquals(
    sentence({ ...facts.hit, remaining }, "proxy"),
    `${AT} Cache hit, server time remaining: 59.50, client time remaining: 0.12`,
  );
});

Deno.test("sentence: the client is dim, and nothing else", () => {
  const dim = (text: string) => `<dim>${text}</dim>`;
  assertEquals(
    sentence(facts.stale, "proxy", dim),
    `<dim>${AT}</dim> Cache miss, stale response`,
  );
  assertEquals(
    sentence(facts.connected, "server", dim),
    `Connection established with ${CLIENT.address}`,
  );
});

Deno.test("sentence: text from a client or a server is escaped", () => {
  const error = new Error('no "\x9b2J\u202e"');
  const shown = 'no "\\x9b2J\\u202e"';
  assertEquals(
    [
      sentence({ ...facts.fault, error }, "server"),
      sentence({ ...facts["stale on error"], error }, "proxy"),
      sentence({ ...facts.closed, reason: error }, "server"),
      sentence({
        ...facts.identified,
        client: { ...CLIENT, identity: error.message },
      }, "server"),
    ],
    [
      `${AT} ${shown}`,
      `${AT} Cache miss, stale response sent: ${shown}`,
      `${AT} Connection closed: ${shown}`,
      `${AT} Client certificate of ${shown}`,
    ],
  );
});

Deno.test("sentence: a thrown value need not be an error", () => {
  const error = "\x1b[2J";
  assertEquals(
    sentence({ ...facts.fault, error }, "server"),
    `${AT} \\x1b[2J`,
  );
});
