import { assert, assertEquals } from "@std/assert";
import { unicodeWidth } from "@std/cli/unicode-width";
import fc from "fast-check";
import { rowsOf } from "../../lib/client/rows.ts";

Deno.test("rowsOf: a text that ends at the edge goes on below it", () => {
  assertEquals(rowsOf("", 3), [""]);
  assertEquals(rowsOf("12", 3), ["12"]);
  assertEquals(rowsOf("123", 3), ["123", ""]);
  assertEquals(rowsOf("1234567", 3), ["123", "456", "7"]);
});

Deno.test("rowsOf: a wide character is not cut in half", () => {
  assertEquals(rowsOf("1漢2", 2), ["1", "漢", "2"]);
  assertEquals(rowsOf("漢漢", 5), ["漢漢"]);
});

Deno.test("rowsOf: rows hold the whole text, and each fits", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 2, max: 40 }),
      (text, columns) => {
        const rows = rowsOf(text, columns);
        assertEquals(rows.join(""), text);
        assert(rows.every((row) => unicodeWidth(row) <= columns));
        assert(unicodeWidth(rows.at(-1) ?? "") < columns);
      },
    ),
  );
});
