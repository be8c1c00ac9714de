import { assertEquals, assertRejects } from "@std/assert";
import { coalesced } from "../../lib/cache/mod.ts";
import {
  encodeRequest,
  encodeServerError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import type { Frame } from "../../lib/protocol/mod.ts";

const client = "127.0.0.1:65120";
const request = encodeRequest("1 + 2");
const response = encodeSuccess({ result: "3", steps: [] });

/** A handler whose answers are given by the test, one after the other. */
function held() {
  const asked: PromiseWithResolvers<Frame>[] = [];
  const handler = coalesced(() => {
    const answer = Promise.withResolvers<Frame>();
    asked.push(answer);
    return answer.promise;
  });
  return { asked, handler };
}

Deno.test("coalesced: requests for the same at the same time are one", async () => {
  const { asked, handler } = held();
  const answers = [
    handler(request, client),
    handler(encodeRequest("1 + 2", { maxAge: 60 }), client),
    handler(request, client),
  ];
  assertEquals(asked.length, 1);
  asked[0]?.resolve(response);
  assertEquals(await Promise.all(answers), [response, response, response]);
});

Deno.test("coalesced: requests for different things are not", async () => {
  const { asked, handler } = held();
  const answers = [
    handler(request, client),
    handler(encodeRequest("1 + 2", { steps: false }), client),
    handler(encodeRequest("1 + 3"), client),
  ];
  assertEquals(asked.length, 3);
  for (const answer of asked) answer.resolve(response);
  await Promise.all(answers);
});

Deno.test("coalesced: what was answered is asked anew", async () => {
  const { asked, handler } = held();
  const first = handler(request, client);
  asked[0]?.resolve(response);
  await first;
  const second = handler(request, client);
  assertEquals(asked.length, 2);
  asked[1]?.resolve(response);
  await second;
});

Deno.test("coalesced: a failure is everybody's, and the next try is a new one", async () => {
  const { asked, handler } = held();
  const answers = [handler(request, client), handler(request, client)];
  asked[0]?.reject(new Error("no server"));
  for (const answer of answers) {
    await assertRejects(() => Promise.resolve(answer), Error, "no server");
  }
  const next = handler(request, client);
  assertEquals(asked.length, 2);
  const error = encodeServerError({ name: "ProxyError", message: "no server" });
  const joined = handler(request, client);
  asked[1]?.resolve(error);
  assertEquals(await Promise.all([next, joined]), [error, error]);
  assertEquals(asked.length, 2);
});

Deno.test("coalesced: a request to recompute is joined to no other", async () => {
  const { asked, handler } = held();
  const recompute = encodeRequest("1 + 2", { maxAge: 0 });
  const answers = [
    handler(request, client),
    handler(recompute, client),
    handler(recompute, client),
  ];
  assertEquals(asked.length, 3);
  for (const answer of asked) answer.resolve(response);
  await Promise.all(answers);
});

Deno.test("coalesced: a response that may not be cached is its asker's alone", async () => {
  const { asked, handler } = held();
  const answers = [handler(request, client), handler(request, client)];
  const [own, other] = ["1.5", "1.7"].map((result) =>
    encodeSuccess({ result, steps: [] }, { cache: false })
  );
  asked[0]?.resolve(own ?? response);
  assertEquals(await answers[0], own);
  // The other one asks for itself as soon as it knows.
  await Promise.resolve();
  asked[1]?.resolve(other ?? response);
  assertEquals(await answers[1], other);
});
