import { assert, assertEquals } from "@std/assert";
import { Feed, type Outlet } from "../../lib/page/feed.ts";

/** A reader, whose bytes wait until they are read. */
class TestOutlet implements Outlet {
  readonly events: [name: string, data: unknown][] = [];
  writableLength = 0;
  isDestroyed = false;
  #changed = Promise.withResolvers<void>();
  #onClose = () => {};

  write(bytes: Uint8Array): void {
    this.writableLength += bytes.length;
    for (const block of new TextDecoder().decode(bytes).split("\n\n")) {
      const [, name = "message"] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data !== undefined) this.events.push([name, JSON.parse(data)]);
    }
    this.#change();
  }

  end(): void {}

  destroy(): void {
    this.isDestroyed = true;
    this.#onClose();
    this.#change();
  }

  once(_event: "close", listener: () => void): void {
    this.#onClose = listener;
  }

  /** Reads everything that waits. */
  take(): void {
    this.writableLength = 0;
  }

  /** Waits until something is written, or the connection is closed. */
  async changed(): Promise<void> {
    await this.#changed.promise;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function open(feed: Feed): TestOutlet {
  const outlet = new TestOutlet();
  feed.open(outlet, {});
  return outlet;
}

Deno.test("feed: a new reader gets what was kept, each event once", () => {
  const feed = new Feed();
  feed.keep({ n: 1 });
  const early = open(feed);
  feed.keep({ n: 2 });
  const late = open(feed);
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
  assertEquals(early.events, expected);
  assertEquals(late.events, expected);
});

Deno.test("feed: a reader that does not keep up misses events and learns how many", async () => {
  const feed = new Feed({ maxWaiting: 1_000 });
  const slow = open(feed);
  // Shows when the others would have been written to.
  const quick = open(feed);
  const send = async (n: number) => {
    feed.send("large", { n, large: "x".repeat(600) });
    await quick.changed();
    quick.take();
  };
  for (let n = 0; n < 5; n++) await send(n);
  const names = () => slow.events.map(([name]) => name);
  assertEquals(names(), ["hello", "large", "large"]);
  slow.take();
  await send(5);
  assertEquals(names(), ["hello", "large", "large", "missed", "large"]);
  assertEquals(slow.events[3], ["missed", { events: 3 }]);
  assert(slow.writableLength < 2_000, `${slow.writableLength}`);
  feed.close();
});

Deno.test("feed: a reader that reads nothing is disconnected", async () => {
  const feed = new Feed({ patience: 0 });
  const stuck = open(feed);
  const alive = open(feed);
  alive.take();
  feed.send("figures", {});
  await alive.changed();
  assertEquals([stuck.isDestroyed, alive.isDestroyed], [true, false]);
  assertEquals(feed.readers, 1);
  feed.close();
});

Deno.test("feed: a slow reader that reads a part is not disconnected", async () => {
  const feed = new Feed({ patience: 0 });
  const slow = open(feed);
  for (let n = 0; n < 3; n++) {
    slow.writableLength--;
    feed.send("figures", { n });
    await slow.changed();
  }
  assertEquals(feed.readers, 1);
  feed.close();
});

Deno.test("feed: without readers nothing waits", () => {
  const feed = new Feed();
  for (let n = 0; n < 10_000; n++) feed.send("figures", { n });
  assertEquals(feed.readers, 0);
  feed.close();
});

Deno.test("feed: only the newest events are kept, up to a limit in bytes", () => {
  const feed = new Feed({ maxKept: 1_000 });
  for (let n = 0; n < 10_000; n++) feed.keep({ n });
  const reader = open(feed);
  feed.close();
  assert(reader.writableLength < 1_100, `${reader.writableLength}`);
  assertEquals(reader.events.at(-1), ["message", { n: 9_999 }]);
});
