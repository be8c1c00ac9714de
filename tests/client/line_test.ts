import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  deleted,
  DELETIONS,
  EMPTY,
  insert,
  KILLS,
  type Line,
  MOVES,
  textOf,
} from "../../lib/client/line.ts";

/** A line from a text with a bar for its cursor. */
function line(text: string): Line {
  const [before = "", after = ""] = text.split("|");
  return { before, after };
}

/** A text with a bar for the cursor, after a key was pressed. */
function press(key: string, text: string): string {
  const edit = MOVES.get(key) ?? DELETIONS.get(key) ?? KILLS.get(key);
  assert(edit, key);
  const { before, after } = edit(line(text));
  return `${before}|${after}`;
}

Deno.test("line: keys do what GNU Readline does", () => {
  for (
    const [key, from, to] of [
      ["left", "12|3", "1|23"],
      ["left", "|123", "|123"],
      ["ctrl+b", "12|3", "1|23"],
      ["right", "12|3", "123|"],
      ["right", "123|", "123|"],
      ["ctrl+f", "|123", "1|23"],
      ["home", "12|3", "|123"],
      ["ctrl+a", "12|3", "|123"],
      ["end", "1|23", "123|"],
      ["ctrl+e", "1|23", "123|"],
      ["ctrl+left", "sqrt(16) + |2", "sqrt(|16) + 2"],
      ["meta+b", "sqrt(1|6)", "sqrt(|16)"],
      ["ctrl+right", "1| + sqrt(2)", "1 + sqrt|(2)"],
      ["meta+f", "sq|rt(2)", "sqrt|(2)"],
      ["backspace", "12|3", "1|3"],
      ["backspace", "|12", "|12"],
      ["delete", "1|23", "1|3"],
      ["delete", "12|", "12|"],
      ["ctrl+u", "1 + |2", "|2"],
      ["ctrl+k", "1 |+ 2", "1 |"],
      ["ctrl+w", "1 + sqrt|(2)", "1 + |(2)"],
      ["meta+backspace", "1 + 23 |", "1 + |"],
      ["meta+d", "1| + 2 + 3", "1| + 3"],
      ["ctrl+delete", "|max(1)", "|(1)"],
    ] as const
  ) {
    assertEquals(press(key, from), to, key);
  }
});

Deno.test("line: a character with its accents is one", () => {
  const accented = "e\u0301";
  assertEquals(press("left", `1${accented}|`), `1|${accented}`);
  assertEquals(press("backspace", `1${accented}|`), "1|");
  assertEquals(press("delete", `|😀2`), "|2");
});

const lines: fc.Arbitrary<Line> = fc.record({
  before: fc.string({ unit: "grapheme", maxLength: 100 }),
  after: fc.string({ unit: "grapheme", maxLength: 100 }),
});

Deno.test("line: moving changes no text", () => {
  fc.assert(
    fc.property(lines, fc.constantFrom(...MOVES.values()), (from, move) => {
      assertEquals(textOf(move(from)), textOf(from));
    }),
  );
});

Deno.test("line: what is deleted can be typed again in its place", () => {
  const edits = [...DELETIONS.values(), ...KILLS.values()];
  fc.assert(fc.property(lines, fc.constantFrom(...edits), (from, edit) => {
    const to = edit(from);
    assertEquals(textOf(insert(to, deleted(from, to))), textOf(from));
  }));
});

Deno.test("line: the last word of a long line is found at once", () => {
  const kill = KILLS.get("ctrl+w");
  const long = { before: "-".repeat(1_000_000), after: "" };
  assertEquals(kill?.(long), EMPTY);
});
