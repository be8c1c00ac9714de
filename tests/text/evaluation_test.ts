/**
 * The rules of docs/protocol.md about evaluation that a table cannot cover.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { evaluate, formatValue, parse } from "../../lib/expression/mod.ts";
import { codeIn, tableBelow, tables } from "./document.ts";
import { errorOf } from "./error_of.ts";

Deno.test("evaluation-1: the first error in the order of evaluation ends it", () => {
  const parts = ["1 / 0", "log(0)", "10.0 ** 400"];
  const names = ["DivisionByZero", "DomainError", "OutOfRange"];
  parts.forEach((first, index) => {
    for (const second of parts) {
      for (const both of ["(A) + (B)", "max(1, A, B)", "-(A) ** (B)"]) {
        const expression = both.replace("A", first).replace("B", second);
        assertEquals(errorOf(expression)?.name, names[index], expression);
      }
    }
  });
});

Deno.test("evaluation-2: an expression that cannot be read is not evaluated", () => {
  assertEquals(errorOf("1 / 0 + )")?.name, "SyntaxError");
});

Deno.test("evaluation-4: an integer is too large for a double from 2 ** 1024 − 2 ** 970 on", () => {
  const limit = 2n ** 1024n - 2n ** 970n;
  for (const sign of ["", "-"]) {
    assertEquals(errorOf(`${sign}${limit} * 1.0`)?.name, "OutOfRange");
    const { value } = evaluate(`${sign}${limit - 1n} * 1.0`);
    assertEquals(Math.abs(Number(value)), Number.MAX_VALUE);
  }
});

Deno.test("evaluation-5, evaluation-7: operators of doubles are those of IEEE 754, and the remainder has the sign of the divisor", () => {
  const doubles = fc.double();
  fc.assert(
    fc.property(doubles, doubles, (a, b) => {
      const [x, y] = [a, b].map((value) =>
        Number.isNaN(value) ? "nan" : `(${formatValue(value)})`
      );
      assertEquals(evaluate(`${x} + ${y}`).value, a + b);
      assertEquals(evaluate(`${x} - ${y}`).value, a - b);
      assertEquals(evaluate(`${x} * ${y}`).value, a * b);
      if (b === 0) return;
      assertEquals(evaluate(`${x} / ${y}`).value, a / b);
      const { value } = evaluate(`${x} % ${y}`);
      const truncated = a % b;
      const isOpposite = truncated !== 0 && (truncated < 0) !== (b < 0);
      if (truncated === 0) assertEquals(value, b < 0 ? -0 : 0);
      else assertEquals(value, isOpposite ? truncated + b : truncated);
    }),
  );
});

Deno.test("evaluation-11: an expression that would take too long is TooLarge, but not with integers of 64 digits", () => {
  const long = errorOf("pow(7, 9 ** 4000, 9 ** 4000)");
  assertEquals([long?.name, long?.position], ["TooLarge", undefined]);
  const integer = "9".repeat(64);
  const call = `pow(${integer}, ${integer}, ${integer})`;
  const most = Math.floor(65_000 / (call.length + 1));
  assertEquals(errorOf(`1${`+${call}`.repeat(most)}`), undefined);
  assertEquals(errorOf(`1${"*1".repeat(30_000)}`), undefined);
});

Deno.test("functions-1: the table names the functions, and how many arguments they take", () => {
  const rows = tableBelow("functions-1", "name");
  for (const name of rows.flatMap(({ name = "" }) => codeIn(name))) {
    const given = rows.filter((row) => codeIn(row.name ?? "").includes(name))
      .map((row) => row.arguments ?? "");
    for (let count = 0; count < 5; count++) {
      const call = `${name}(${Array(count).fill("1").join(", ")})`;
      const mayHave = given.some((words) => {
        const least = parseInt(words);
        return words.includes("or more") ? count >= least : count === least;
      });
      assertEquals(errorOf(call)?.name !== "WrongArguments", mayHave, call);
    }
  }
  assertEquals(errorOf("abs(1)")?.name, "UnknownName");
});

Deno.test("functions-1: rand is a + (b - a) * r, with a new r for each call", () => {
  const draws = [0, 0.5, 0.999, 0.25];
  const random = () => draws.shift() ?? 0;
  const { value } = evaluate("rand(1, 3)", { random });
  assertEquals(value, 1);
  assertEquals(evaluate("rand(1, 3)", { random }).value, 2);
  assertEquals(evaluate("rand(4, 3)", { random }).value, 4 - 0.999);
});

Deno.test("errors-4: errors of reading have a position, those of evaluation have none", () => {
  const rows = tables.flatMap(({ rows }) => rows);
  for (const { expression = "", error } of rows) {
    if (!error) continue;
    const source = codeIn(expression).join("");
    const failed = errorOf(source);
    let isRead = true;
    try {
      parse(source);
    } catch {
      isRead = false;
    }
    assertEquals(failed?.position === undefined, isRead, source);
  }
});
