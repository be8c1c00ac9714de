import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { printable as drawn } from "../../lib/page/web/words.js";
import { printable as logged } from "../../lib/terminal/printable.ts";

Deno.test("words: invisible characters are escaped as in the log", () => {
  assertEquals(drawn("1 + \u202e1\u200b\x1b"), "1 + \\u202e1\\u200b\\x1b");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assertEquals(drawn(text), logged(text));
  }));
});
