import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { linesOf } from "../../lib/client/lines.ts";

Deno.test("linesOf: lines end at \\n, \\r\\n and \\r, and nowhere else", async () => {
  const text = "1\n2\r\n3\r4\r\n\r\n\r5\u2028\u2029\v\f\x856";
  assertEquals(await Array.fromAsync(linesOf(stream([text]))), [
    ...["1", "2", "3", "4", "", "", "5\u2028\u2029\v\f\x856"],
  ]);
});

Deno.test("linesOf: it makes no difference where the text is split", async () => {
  const texts = fc.array(fc.constantFrom("1", "\r", "\n", "\r\n", ""));
  await fc.assert(fc.asyncProperty(texts, async (chunks) => {
    const whole = chunks.join("");
    const expected = whole.split(/\r\n|\n|\r/);
    if (expected.at(-1) === "") expected.pop();
    assertEquals(await Array.fromAsync(linesOf(stream(chunks))), expected);
  }));
});

Deno.test("linesOf: a line is there as soon as it has ended", async () => {
  const taken: string[] = [];
  const lines = linesOf(async function* () {
    yield "1 + 1\r";
    assertEquals(taken, ["1 + 1"]);
    yield "\n2 + 2";
  }());
  for await (const line of lines) taken.push(line);
  assertEquals(taken, ["1 + 1", "2 + 2"]);
});

async function* stream(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}
