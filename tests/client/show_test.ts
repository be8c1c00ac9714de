import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  evaluate,
  ExpressionError,
  formatValue,
  parse,
} from "../../lib/expression/mod.ts";
import { printable } from "../../lib/terminal/printable.ts";
import { showAnswer, showError, showFailure } from "../../lib/client/show.ts";
import type { Style } from "../../lib/terminal/style.ts";

const plain: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  next: (text) => text,
  changed: (text) => text,
};

const marked: Style = {
  bold: (text) => `<b>${text}</b>`,
  dim: (text) => `<dim>${text}</dim>`,
  red: (text) => `<red>${text}</red>`,
  next: (text) => `<next>${text}</next>`,
  changed: (text) => `<new>${text}</new>`,
};

Deno.test("showAnswer: writes each step under the one before", () => {
  const steps = ["max(2, 3) + 3", "3 + 3", "6"];
  assertEquals(
    showAnswer({ result: "6", steps }, plain),
    `\
Result: 6
Steps:
max(2, 3) + 3 = 3 + 3
              = 6`,
  );
});

Deno.test("showAnswer: writes one step on one line", () => {
  assertEquals(
    showAnswer({ result: "3", steps: ["1 + 2", "3"] }, plain),
    "Result: 3\nSteps:\n1 + 2 = 3",
  );
});

Deno.test("showAnswer: without steps there is the result alone", () => {
  assertEquals(showAnswer({ result: "3", steps: [] }, plain), "Result: 3");
});

Deno.test("showAnswer: makes the result stand out, and nothing else", () => {
  assertEquals(
    showAnswer({ result: "3", steps: ["1 + 2", "3"] }, marked),
    "Result: <b>3</b>\nSteps:\n1 + 2 = 3",
  );
});

Deno.test("showAnswer: in a window, what is computed next and what has changed are marked", () => {
  const steps = ["max(2, 3) + 3", "3 + 3", "6"];
  assertEquals(
    showAnswer({ result: "6", steps }, marked, 80),
    `\
Result: <b>6</b>
Steps:
<next>max(2, 3)</next> + 3 = <new>3</new><next> + 3</next>
              = <new>6</new>`,
  );
});

Deno.test("showAnswer: in a window, a step that only repeats the result is left out", () => {
  const { value, steps } = evaluate("2 ** 10000", { steps: true });
  const result = formatValue(value);
  assertEquals(showAnswer({ result, steps }, plain, 80), `Result: ${result}`);
});

Deno.test("showError: the arrow is red, the expression is not", () => {
  const error = new ExpressionError("SyntaxError", "expected something", 4);
  assertEquals(
    showError("1 + $", error, marked),
    "1 + $\n    <red>^ expected something</red>",
  );
});

Deno.test("showError: an error without a place points at the beginning", () => {
  const error = new ExpressionError("DivisionByZero", "division by zero");
  assertEquals(showError("1 / 0", error, plain), "1 / 0\n^ division by zero");
});

Deno.test("showError: the arrow counts columns, wide characters as two", () => {
  const error = new ExpressionError("SyntaxError", "no", 4);
  assertEquals(showError("１＋２ $", error, plain), "１＋２ $\n       ^ no");
  const marks = "e\u0301e\u0301$";
  assertEquals(showError(marks, error, plain), `${marks}\n  ^ no`);
});

Deno.test("showError: in a window, an expression that fits is shown whole", () => {
  const expression = `${"1 + ".repeat(19)}$`;
  const error = new ExpressionError("SyntaxError", "no", 76);
  assertEquals(
    showError(expression, error, plain, 80),
    `${expression}\n${" ".repeat(76)}^ no`,
  );
});

Deno.test("showError: in a window, one that does not fit is cut at both ends", () => {
  const sides = ["ａ", "b"].map((letter) => letter.repeat(500));
  const error = new ExpressionError("SyntaxError", "no", 500);
  const shown = showError(sides.join(""), error, plain, 41);
  assertEquals(
    shown,
    `…${"ａ".repeat(9)}${"b".repeat(21)}…\n${" ".repeat(19)}^ no`,
  );
});

Deno.test("showError: in a window, a message that does not fit beside the arrow stands below it", () => {
  const error = new ExpressionError("SyntaxError", "expected a sign", 4);
  assertEquals(
    showError("1 + $", error, marked, 12),
    "1 + $\n    <red>^</red>\n<red>expected a</red>\n<red>sign</red>",
  );
});

const long = "1 + ".repeat(10_000);

for (
  const [name, expression, character] of [
    ["a sign", "1 + * 2", "*"],
    ["an unknown character", "2 $ 3", "$"],
    ["a name", "1 + yx(2)", "y"],
    ["the end", "1 +", undefined],
    ["the end of nothing", "", undefined],
    ["what follows a tab", "1\t+\t$", "$"],
    ["what follows a newline", "1\n+\r\n\n$ + 2", "$"],
    ["what follows a wide space", "1 +\u3000$", "$"],
    ["a character of two code units", "1 + 😀 + 2", "😀"],
    ["what precedes a tab and a newline", "1 + $\t2\n3", "$"],
    ["a control character", "1 + \x1b[31m", "\\"],
    ["a format character", "1 + \u200b2", "\\"],
    ["a format character beyond U+FFFF", "1 + \u{e0001}2", "\\"],
    ["what follows a byte order mark", "\ufeff1 + $", "$"],
    ["what follows a line separator", "1 +\u2028\u2029$", "$"],
    ["what precedes a format character", "1 + $\u202e2", "$"],
    ["what follows many byte order marks", `1 +${"\ufeff".repeat(200)}$`, "$"],
    ["what precedes a long rest", `$${long}`, "$"],
    ["what follows a long beginning", `${long}$`, "$"],
    ["what is in the middle of a long expression", `${long}$ ${long}`, "$"],
    ["the end of a long expression", long, undefined],
    ["what follows long white space", `1 +${"\n".repeat(200)}$`, "$"],
  ] as const
) {
  Deno.test(`showError: the arrow points at ${name}`, () => {
    const error = assertThrows(() => parse(expression), ExpressionError);
    const [shown = "", arrow = "", ...more] = showError(
      expression,
      error,
      plain,
    ).split("\n");
    const column = arrow.indexOf("^");
    assertEquals([...shown][column], character);
    assertEquals(arrow, `${" ".repeat(column)}^ ${printable(error.message)}`);
    assertEquals(more, []);
  });
}

Deno.test("showError: of a long expression it shows what is around the arrow", () => {
  const error = new ExpressionError("SyntaxError", "expected something", 500);
  const sides = ["a", "b"].map((letter) => letter.repeat(500));
  const [shown = "", arrow = ""] = showError(sides.join(""), error, plain)
    .split("\n");
  assertEquals(shown, `…${"a".repeat(60)}${"b".repeat(60)}…`);
  assertEquals(arrow, `${" ".repeat(61)}^ expected something`);
});

Deno.test("showError: an expression that fits in is shown whole", () => {
  const error = new ExpressionError("SyntaxError", "expected something", 60);
  const expression = "a".repeat(120);
  assert(showError(expression, error, plain).startsWith(`${expression}\n`));
});

Deno.test("show: a very long expression moves its steps no further than 200 columns", () => {
  const given = "9".repeat(30_000);
  const shown = showAnswer(
    { result: "6", steps: [given, "1", "6"] },
    plain,
  );
  assertEquals(shown.split("\n").at(-1), `${" ".repeat(200)} = 6`);
});

/** Characters that a terminal must not get, and how they are shown. */
const HOSTILE = "\x1b[2J\u202e\u2028\u{e0041}\ud800";
const SHOWN = "\\x1b[2J\\u202e\\u2028\\u{e0041}\\ud800";

Deno.test("show: results, steps, expressions and messages are escaped", () => {
  assertEquals(
    showAnswer({ result: HOSTILE, steps: [HOSTILE, HOSTILE] }, plain),
    `Result: ${SHOWN}\nSteps:\n${SHOWN} = ${SHOWN}`,
  );
  assertEquals(showFailure(HOSTILE, HOSTILE, plain), `${SHOWN}: ${SHOWN}`);
  const error = new ExpressionError("SyntaxError", HOSTILE, HOSTILE.length);
  assertEquals(
    showError(HOSTILE, error, plain),
    `${SHOWN}\n${" ".repeat(SHOWN.length)}^ ${SHOWN}`,
  );
});

Deno.test("show: a long expression is not cut within a character or an escape", () => {
  const emoji = "😀".repeat(200);
  assertEquals(
    showFailure(emoji, "no", plain),
    `${"😀".repeat(120)}…: no`,
  );
  const marks = "\u202e".repeat(200);
  const error = new ExpressionError("SyntaxError", "no", 100);
  const side = "\\u202e".repeat(60);
  const [shown] = showError(marks, error, plain).split("\n");
  assertEquals(shown, `…${side}${side}…`);
  const [half] = showError(emoji, error, plain).split("\n");
  assertEquals(half, `${"😀".repeat(50)}${"😀".repeat(60)}…`);
});
