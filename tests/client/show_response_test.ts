import { assertEquals } from "@std/assert";
import type { Exchange } from "../../lib/client/exchange.ts";
import { showResponse } from "../../lib/client/show_response.ts";
import { RemoteError } from "../../lib/message/mod.ts";
import { Frame, type Header } from "../../lib/protocol/mod.ts";

const NOW = 1_670_340_737;

const REQUEST: Header = {
  timeStamp: NOW,
  type: "request",
  cache: true,
  steps: true,
  status: 0,
  maxAge: Infinity,
};

const RESPONSE: Header = {
  ...REQUEST,
  type: "response",
  steps: false,
  status: 200,
  maxAge: 10,
};

function exchange(
  request: Partial<Header>,
  response: Partial<Header>,
): Exchange {
  return {
    input: "7",
    expression: "7",
    request: Frame.from({ ...REQUEST, ...request }, new Uint8Array()),
    response: Frame.from({ ...RESPONSE, ...response }, new Uint8Array()),
    elapsed: 1.4142,
  };
}

/** What is shown behind the status and the time taken. */
function shown(
  response: Partial<Header>,
  request: Partial<Header> = {},
): string | undefined {
  return showResponse(exchange(request, response), NOW)
    ?.split("Status 200 after 1.41 ms, ")[1];
}

Deno.test("show response: one that comes from a cache", () => {
  assertEquals(
    shown({ timeStamp: NOW - 3 }),
    "made 3 s ago, so it comes from a cache; good for 7 s more",
  );
});

Deno.test("show response: one that has just been made", () => {
  assertEquals(shown({}), "made just now; good for 10 s");
});

Deno.test("show response: one that was slow to arrive does not come from a cache", () => {
  assertEquals(
    shown({ timeStamp: NOW - 3 }, { timeStamp: NOW - 4 }),
    "made 3 s ago; good for 7 s more",
  );
});

Deno.test("show response: one that no cache may have kept is old by its clock alone", () => {
  for (const request of [{ cache: false }, { maxAge: 0 }]) {
    assertEquals(
      shown({ timeStamp: NOW - 3 }, request),
      "made 3 s ago; good for 7 s more",
    );
  }
  assertEquals(
    shown({ timeStamp: NOW - 3, cache: false }),
    "made 3 s ago; not to be cached",
  );
});

Deno.test("show response: one without a limit", () => {
  assertEquals(
    shown({ timeStamp: NOW - 3, maxAge: Infinity }),
    "made 3 s ago, so it comes from a cache; good without limit",
  );
});

Deno.test("show response: one that is past its max-age", () => {
  assertEquals(
    shown({ timeStamp: NOW - 10 }),
    "made 10 s ago, so it comes from a cache; no longer good: its max-age is 10 s",
  );
});

Deno.test("show response: one from a clock that is ahead", () => {
  assertEquals(
    shown({ timeStamp: NOW + 3600 }),
    "made 3600 s in the future, by the clock of its server; good for 10 s",
  );
});

Deno.test("show response: an error has its name, escaped", () => {
  const error = new RemoteError(400, { name: "Bad\u202e", message: "" });
  assertEquals(
    showResponse(exchange({}, { status: 400 }), NOW, error),
    "Status 400 Bad\\u202e after 1.41 ms, made just now; good for 10 s",
  );
});

Deno.test("show response: where there is none, nothing is shown", () => {
  const unanswered = { ...exchange({}, {}), response: undefined };
  assertEquals(showResponse(unanswered, NOW), undefined);
});
