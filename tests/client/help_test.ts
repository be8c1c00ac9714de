import { assert, assertEquals, assertMatch } from "@std/assert";
import { help, topics } from "../../lib/client/help.ts";
import { constants } from "../../lib/expression/constants.ts";
import { functions } from "../../lib/expression/functions.ts";
import { binaryOperators } from "../../lib/expression/operators.ts";
import { evaluate, formatValue } from "../../lib/expression/mod.ts";

Deno.test("help: there is a topic for each function, constant and operator, and no other", () => {
  const names = new Set([
    ...functions.keys(),
    ...constants.keys(),
    ...binaryOperators.keys(),
  ]);
  assertEquals([...names.symmetricDifference(new Set(topics.keys()))], []);
});

for (const [name, { example: [expression, result] }] of topics) {
  Deno.test(`help: the example of ${name} runs`, () => {
    const { value } = evaluate(expression);
    if (result === undefined) assertMatch(formatValue(value), /^\d+\.\d+$/);
    else assertEquals(formatValue(value), result);
    assert(expression.includes(name));
  });
}

Deno.test("help: the form of a function takes as many arguments as the function", () => {
  for (const { name, arity: [least, most] } of functions.values()) {
    const form = topics.get(name)?.form ?? "";
    const needed = form.replace(/\[.*\]/, "").split(",");
    const optional = form.split("[,").slice(1);
    if (most === Infinity) assert(form.endsWith(", …)"), form);
    else {
      assertEquals(needed.length, least, form);
      assertEquals(needed.length + optional.length, most, form);
    }
  }
});

Deno.test("help: all of it fits into a window of 40 columns", () => {
  for (const name of [undefined, ...topics.keys(), "no such name"]) {
    for (const line of help(40, name).split("\n")) {
      assert(line.length <= 40, line);
    }
  }
});

Deno.test("help: a pair of brackets is not broken in two", () => {
  for (let columns = 30; columns <= 80; columns++) {
    assertMatch(help(columns), /brackets \( \)/);
  }
});

Deno.test("help: ans and the commands have help as well", () => {
  for (const name of ["ans", "history", "exit"]) {
    assertMatch(help(80, name), new RegExp(`^${name} `));
  }
});

Deno.test("help: an unknown name is repeated without what controls a terminal", () => {
  assertEquals(help(80, "\x1b[2J"), 'There is no help about "\\x1b[2J"');
});
