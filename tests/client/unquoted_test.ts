import { assertThrows } from "@std/assert";
import { refuseUnquoted } from "../../lib/client/unquoted.ts";
import { UsageError } from "../../lib/terminal/command_line.ts";

Deno.test("refuseUnquoted: an expression that the shell has split is to be quoted", () => {
  for (
    const operands of [
      ["2", "+", "3"],
      ["2+", "3"],
      ["max(2,", "3)"],
      ["-e", "-", "1"],
      ["2", "×", "3"],
      ["2", "^", "3"],
      ["7", "mod", "3"],
      ["5", "km"],
      ["2", "//", "3", ")"],
    ]
  ) {
    assertThrows(
      () => refuseUnquoted(operands),
      UsageError,
      `quote the expression: "${operands.join(" ")}"`,
    );
  }
});

Deno.test("refuseUnquoted: names of files in the place of a * are recognized", () => {
  for (
    const operands of [
      ["2", "README.md", "docs", "3"],
      ["LICENSE", "My notes.txt"],
      ["2", "/bin", "3"],
    ]
  ) {
    assertThrows(
      () => refuseUnquoted(operands),
      UsageError,
      "quote the expression: the shell has replaced a * with",
    );
  }
  assertThrows(() => refuseUnquoted(["2", "docs", "lib", "3"]), UsageError);
});

Deno.test("refuseUnquoted: several expressions are none that was split", () => {
  for (
    const operands of [
      [],
      ["2 +"],
      ["blah"],
      ["1", "2"],
      ["2", "-3", "+4"],
      ["2 ** 100", "1 / 3", "-7 % 3"],
      ["1 +", "2"],
      ["1+2", "sqtr(4)"],
      ["5!", "2(3)"],
      ["", "1"],
    ]
  ) {
    refuseUnquoted(operands);
  }
});
