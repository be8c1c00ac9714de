import { assertEquals, assertThrows } from "@std/assert";
import { History } from "../../lib/client/history.ts";

/** Tests something in a directory that is removed afterwards. */
function testIn(name: string, run: (folder: string) => void): void {
  Deno.test(`history: ${name}`, () => {
    const folder = Deno.makeTempDirSync();
    try {
      run(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

Deno.test("history: keeps neither blank lines nor repetitions", () => {
  using history = new History();
  for (const line of ["1", "1", " ", "", "2", "1"]) history.add(line);
  assertEquals(history.lines, ["1", "2", "1"]);
});

Deno.test("history: forgets the oldest of more than 1,000 lines", () => {
  using history = new History();
  for (let line = 0; line <= 1_000; line++) history.add(`${line}`);
  assertEquals(history.lines.length, 1_000);
  assertEquals([history.lines[0], history.lines.at(-1)], ["1", "1000"]);
});

testIn("a file keeps lines from session to session", (folder) => {
  const file = `${folder}/history`;
  {
    using first = new History(file);
    using second = new History(file);
    first.add("1 + 2");
    second.add("6 * 7");
    first.add("3 + 4");
  }
  using third = new History(file);
  assertEquals(third.lines, ["1 + 2", "6 * 7", "3 + 4"]);
});

testIn(
  "a file that others wrote is read as far as a terminal can show it",
  (folder) => {
    const file = `${folder}/history`;
    const text = "1 + 2\r\n\x1b]0;title\x07\n\n\u202e6 * 7\n3 + 4";
    Deno.writeTextFileSync(file, text);
    using history = new History(file);
    assertEquals(history.lines, ["1 + 2", "3 + 4"]);
  },
);

testIn("of a huge file only the end is read", (folder) => {
  const file = `${folder}/history`;
  Deno.writeTextFileSync(file, `${"x".repeat(2_000_000)}\n1 + 2\n`);
  using history = new History(file);
  assertEquals(history.lines, ["1 + 2"]);
});

testIn("says why a file cannot be used", (folder) => {
  for (
    const [path, why] of [
      [`${folder}/none/history`, "its directory does not exist"],
      ...(Deno.build.os === "windows"
        ? []
        : [["/dev/zero", "it is not a file"] as const]),
    ] as const
  ) {
    assertThrows(
      () => new History(path),
      Error,
      `cannot use --history ${path}: ${why}`,
    );
  }
});
