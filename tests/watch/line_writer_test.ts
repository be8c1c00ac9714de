import { assertEquals } from "@std/assert";
import { LineWriter } from "../../lib/watch/line_writer.ts";

/** A writer whose writes wait until they are released. */
class SlowReader {
  readonly writes: string[] = [];
  #next = Promise.withResolvers<void>();

  async write(bytes: Uint8Array): Promise<number> {
    await this.#next.promise;
    this.#next = Promise.withResolvers();
    this.writes.push(new TextDecoder().decode(bytes));
    return bytes.length;
  }

  read(): void {
    this.#next.resolve();
  }
}

const notice = (dropped: number) => `${dropped} lines were dropped`;

Deno.test("line writer: lines added during a write are written together in the next", async () => {
  const reader = new SlowReader();
  const lines = new LineWriter(reader, notice);
  for (const line of ["1", "2", "3"]) lines.write(line);
  reader.read();
  while (reader.writes.length < 1) await Promise.resolve();
  reader.read();
  await lines.finished();
  assertEquals(reader.writes, ["1\n", "2\n3\n"]);
});

Deno.test("line writer: lines that are not read are dropped and counted", async () => {
  const reader = new SlowReader();
  const lines = new LineWriter(reader, notice);
  for (let i = 0; i < 20_000; i++) lines.write(`${i}`);
  reader.read();
  while (reader.writes.length < 1) await Promise.resolve();
  reader.read();
  await lines.finished();
  const [first, rest = ""] = reader.writes;
  assertEquals(first, "0\n");
  const written = rest.split("\n");
  assertEquals(written.length, 10_002);
  assertEquals(written.at(-2), "9999 lines were dropped");
});

Deno.test("line writer: long lines that nobody reads are dropped by their length", async () => {
  const reader = new SlowReader();
  const lines = new LineWriter(reader, notice);
  lines.write("1");
  for (let i = 0; i < 5; i++) lines.write("x".repeat(2 ** 22));
  lines.write("short");
  reader.read();
  while (reader.writes.length < 1) await Promise.resolve();
  reader.read();
  await lines.finished();
  const [, rest = ""] = reader.writes;
  assertEquals(rest.length, 4 * (2 ** 22 + 1) + `${notice(2)}\n`.length);
  lines.write("2");
  reader.read();
  await lines.finished();
  assertEquals(reader.writes.at(-1), "2\n");
});

Deno.test("line writer: a reader that is gone does not matter", async () => {
  const lines = new LineWriter({
    write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
  }, notice);
  lines.write("1");
  await lines.finished();
  lines.write("2");
  await lines.finished();
});
