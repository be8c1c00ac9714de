import { assert, assertEquals } from "@std/assert";
import { Feed } from "../../lib/page/feed.ts";

/** The names and data of the events in the chunks that a reader takes. */
async function take(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  until: string,
): Promise<[name: string, data: unknown][]> {
  const events: [string, unknown][] = [];
  while (!events.some(([name]) => name === until)) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const block of new TextDecoder().decode(value).split("\n\n")) {
      const [, name = "message"] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data !== undefined) events.push([name, JSON.parse(data)]);
    }
  }
  return events;
}

Deno.test("feed: a new reader gets what was kept, each event once", async () => {
  const feed = new Feed();
  feed.keep({ n: 1 });
  const early = feed.open({}).getReader();
  feed.keep({ n: 2 });
  const late = feed.open({}).getReader();
  feed.keep({ n: 3 });
  feed.send("last", {});
  feed.close();
  const expected: [string, unknown][] = [
    ["hello", {}],
    ["message", { n: 1 }],
    ["message", { n: 2 }],
    ["message", { n: 3 }],
    ["last", {}],
  ];
  assertEquals(await take(early, "last"), expected);
  assertEquals(await take(late, "last"), expected);
});

Deno.test("feed: a reader that does not keep up misses events and is told how many", async () => {
  const feed = new Feed();
  const reader = feed.open({}).getReader();
  const large = "x".repeat(100_000);
  for (let n = 0; n < 10; n++) {
    feed.send("large", { n, large });
    // What is sent together is missed together.
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  const before = await take(reader, "large");
  assertEquals(before.map(([name]) => name), ["hello", "large"]);
  // Everything that had waited is taken before there is room for more.
  for (let n = 1; n < 3; n++) await take(reader, "large");
  feed.send("large", { n: 10 });
  const [[name, missed] = [], ...after] = await take(reader, "missed");
  assertEquals([name, missed], ["missed", { events: 7 }]);
  assertEquals(
    [...after, ...await take(reader, "large")].map(([name]) => name),
    ["large"],
  );
  await reader.cancel();
});

Deno.test("feed: without readers nothing waits", () => {
  const feed = new Feed();
  for (let n = 0; n < 10_000; n++) feed.send("figures", { n });
  assertEquals(feed.readers, 0);
  feed.close();
});

Deno.test("feed: only the newest events are kept", async () => {
  const feed = new Feed();
  for (let n = 0; n < 10_000; n++) feed.keep({ n });
  const reader = feed.open({}).getReader();
  feed.send("last", {});
  feed.close();
  const events = await take(reader, "last");
  assert(events.length <= 1_002, `${events.length}`);
  assertEquals(events.at(-2), ["message", { n: 9_999 }]);
});
