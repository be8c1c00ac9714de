import { assertEquals } from "@std/assert";
import { encodeClientError, encodeRequest } from "../../lib/message/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import type { Fact } from "../../lib/watch/fact.ts";
import { sentence } from "../../lib/watch/sentence.ts";
import { verboseSentence } from "../../lib/watch/verbose_sentence.ts";
import { facts } from "./facts.ts";

const AT = "{127.0.0.1:64031}";
const SERVER = "[::1]:9999";

/** The lines that differ from the usual ones. */
const lines: Partial<Record<Fact["type"], string>> = {
  request:
    `${AT} Got request of length 18 bytes: 1 + 2 (steps, cache, max-age inf)`,
  response:
    `${AT} Sending response of length 24 bytes: status 200 after 0.412 ms`,
  stale: `${AT} Cache miss, stale response: new response cached, ` +
    "server time remaining: 60.00, client time remaining: inf",
  asking: `${AT} Asking ${SERVER}, attempt 1`,
  answered: `${AT} Got response of length 24 bytes from ${SERVER}: status 200`,
  "no answer": `${AT} Attempt 2 failed: Connection refused by ${SERVER}`,
  "not shared": "Response not written to the shared cache: " +
    `Connection refused by ${SERVER}`,
  closing: `${AT} Sending response of length 40 bytes: status 500 Busy`,
};

for (const fact of Object.values(facts)) {
  Deno.test(`verbose sentence: the log line for ${fact.type}`, () => {
    for (const role of ["server", "proxy"] as const) {
      const expected = lines[fact.type] ?? sentence(fact, role);
      assertEquals(verboseSentence(fact, role, 0.4123), expected);
    }
  });
}

/** What a line says about a request. */
function asked(request: Frame): string | undefined {
  return verboseSentence({ ...facts.request, request }, "proxy", undefined)
    ?.split(" bytes: ")[1];
}

Deno.test("verbose sentence: what a request asks for", () => {
  assertEquals(
    [
      asked(encodeRequest("7", { steps: false, maxAge: 60 })),
      asked(encodeRequest("7", { cache: false })),
    ],
    ["7 (no steps, cache, max-age 60)", "7 (steps, no cache)"],
  );
});

Deno.test("verbose sentence: a long expression is cut, a hostile one escaped", () => {
  assertEquals(
    [asked(encodeRequest("1".repeat(70))), asked(encodeRequest("\x1b[2J"))],
    [
      `${"1".repeat(60)}… (steps, cache, max-age inf)`,
      "\\x1b[2J (steps, cache, max-age inf)",
    ],
  );
});

Deno.test("verbose sentence: of a payload that does not decode the first bytes are shown", () => {
  const { timeStamp, type, cache, steps, status, maxAge } = encodeRequest("7");
  const header = { timeStamp, type, cache, steps, status, maxAge };
  const shown = (payload: number[]) =>
    asked(Frame.from(header, Uint8Array.from(payload)));
  assertEquals([
    shown([]),
    shown([0x91, 7]),
    shown([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  ], [
    "payload empty (steps, cache, max-age inf)",
    "payload 91 07 (steps, cache, max-age inf)",
    "payload 01 02 03 04 05 06 07 08 … (steps, cache, max-age inf)",
  ]);
});

Deno.test("verbose sentence: an error has its name, escaped", () => {
  const response = encodeClientError({ name: "Bad\u202e", message: "" });
  assertEquals(
    verboseSentence({ ...facts.response, response }, "server", 1234.5),
    `${AT} Sending response of length 34 bytes: status 400 Bad\\u202e after 1230 ms`,
  );
});

Deno.test("verbose sentence: a stale response that is not replaced", () => {
  assertEquals(
    verboseSentence({ ...facts.stale, remaining: undefined }, "proxy", 1),
    `${AT} Cache miss, stale response: new response not cached`,
  );
});

Deno.test("verbose sentence: the client is dim, and nothing else", () => {
  const dim = (text: string) => `<dim>${text}</dim>`;
  for (const fact of [facts.request, facts.asking, facts.closing]) {
    const line = verboseSentence(fact, "proxy", 1, dim) ?? "";
    assertEquals(line.startsWith(`<dim>${AT}</dim> `), true, line);
    assertEquals(line.split("<dim>").length, 2);
  }
});
