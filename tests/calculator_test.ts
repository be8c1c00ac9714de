import { assert, assertEquals, assertThrows } from "@std/assert";
import { calculator, type CalculatorOptions } from "../lib/calculator.ts";
import { ExpressionError, Vocabulary } from "../lib/expression/mod.ts";
import {
  decodeResponse,
  encodeRequest,
  messagePack,
  pickle,
  RemoteError,
  type RequestOptions,
} from "../lib/message/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { CLIENT } from "../tools/harness/client.ts";

function answer(
  expression: string,
  options?: RequestOptions,
  calculating?: CalculatorOptions,
): Frame {
  const request = encodeRequest(expression, options);
  const response = calculator(calculating)(request, CLIENT);
  assert(response instanceof Frame);
  return response;
}

function error(response: Frame): RemoteError {
  return assertThrows(() => decodeResponse(response), RemoteError);
}

Deno.test("calculator: answers with the result and the steps", () => {
  const response = answer("max(2,3)+3");
  assertEquals(response.status, 200);
  assertEquals(response.steps, true);
  assertEquals(decodeResponse(response), {
    result: "6",
    steps: ["max(2, 3) + 3", "3 + 3", "6"],
  });
});

Deno.test("calculator: leaves out steps that were not requested or do not exist", () => {
  for (const response of [answer("1 + 2", { steps: false }), answer("7")]) {
    assertEquals(response.steps, false);
    assertEquals(decodeResponse(response).steps, []);
  }
});

Deno.test("calculator: every answer has the caching terms given", () => {
  for (const source of ["1 + 2", "1 / 0", "1 +"]) {
    const forEver = answer(source);
    assertEquals([forEver.cache, forEver.maxAge], [true, Infinity]);
    const minute = answer(source, {}, { maxAge: 60 });
    assertEquals([minute.cache, minute.maxAge], [true, 60]);
    const never = answer(source, {}, { cache: false });
    assertEquals([never.cache, never.maxAge], [false, 0]);
  }
});

Deno.test("calculator: answers with the functions and constants of its vocabulary", () => {
  const vocabulary = new Vocabulary({
    functions: [{ name: "half", arity: [1, 1], apply: (x) => Number(x) / 2 }],
    constants: [{ name: "dozen", value: 12n }],
  });
  const response = answer("half(dozen) + 1", {}, { vocabulary });
  assertEquals(decodeResponse(response).result, "7.0");
  assertEquals(response.cache, true);
  assertEquals(error(answer("half(dozen)")).name, "UnknownName");
});

Deno.test("calculator: what calls an added random function is never cached, not even its errors", () => {
  const vocabulary = new Vocabulary({
    functions: [{
      name: "coin",
      arity: [0, 1],
      random: true,
      apply(...values) {
        if (values.length === 1) return Number(values[0]) < 0.5 ? 0n : 1n;
        throw new ExpressionError("DomainError", "coin takes nothing");
      },
    }],
  });
  assertEquals(answer("coin()", {}, { vocabulary }).cache, false);
  const failed = answer("coin(1)", {}, { vocabulary });
  assertEquals(error(failed).message, "coin takes nothing");
  assertEquals([failed.status, failed.cache], [400, false]);
});

Deno.test("calculator: an added function that fails is an internal error", () => {
  const apply = () => {
    throw new TypeError("no such table");
  };
  const vocabulary = new Vocabulary({
    functions: [{ name: "price", arity: [1, 1], apply }],
  });
  assertThrows(
    () => answer("price(1)", {}, { vocabulary }),
    TypeError,
    "no such table",
  );
});

Deno.test("calculator: what calls rand is never cached, not even its errors", () => {
  for (const source of ["rand(1, 2)", "1 / 0 + rand(1, 2)"]) {
    assertEquals(answer(source).cache, false);
  }
});

Deno.test("calculator: the answer to a payload that does not decode is never cached", () => {
  const payloads = {
    "nothing": "",
    "no string": "93010203",
    "a string that is cut off": "a5312b",
    "more than one value": "a131a132",
    "a string that is not UTF-8": "a2c0b1",
    "a pickle that is cut off": "80044b",
    "a pickle of no expression": "80044b072e",
    "a pickle with text that is not UTF-8": "80048c03eda0802e",
    "a pickle that names a command": "8002636f730a73797374656d0a2e",
  };
  const { timeStamp, type, cache, steps, status, maxAge } = encodeRequest("1");
  for (const [what, payload] of Object.entries(payloads)) {
    const request = Frame.from(
      { timeStamp, type, cache, steps, status, maxAge },
      Uint8Array.fromHex(payload),
    );
    const response = calculator({ maxAge: 60 })(request, CLIENT);
    assert(response instanceof Frame);
    assertEquals([response.cache, response.maxAge], [false, 0], what);
    assertEquals(error(response).name, "ProtocolError");
  }
});

Deno.test("calculator: errors in the expression may be cached, in either format", () => {
  const sources = {
    SyntaxError: "1 + )",
    UnknownName: "x",
    TooDeep: `${"1 - (".repeat(300)}1${")".repeat(300)}`,
    TooLarge: "9".repeat(4301),
  };
  for (const [name, source] of Object.entries(sources)) {
    const response = answer(source);
    assertEquals([error(response).name, response.cache], [name, true]);
  }
  for (const format of [messagePack, pickle]) {
    const failed = answer("1 / 0", { format });
    assertEquals([error(failed).name, failed.cache], ["DivisionByZero", true]);
  }
  const long = answer("1" + "+1".repeat(2000));
  assertEquals([error(long).name, long.cache], ["TooLarge", true]);
});

Deno.test("calculator: an invalid expression is a client error that says why", () => {
  const { status, name, message, position } = error(answer("1 + )"));
  assertEquals([status, name, position], [400, "SyntaxError", 4]);
  assertEquals(message, 'expected a number, a name, "(" or a sign, found ")"');
  const failed = error(answer("1 / 0"));
  assertEquals([failed.status, failed.name], [400, "DivisionByZero"]);
  assertEquals(failed.position, undefined);
});

Deno.test("calculator: an answer too long for a frame is a client error that says what to do", () => {
  // Below 65,523 characters of steps, but not with a header for each.
  const sources = ["1" + "+1".repeat(2000), "1" + "+1".repeat(147)];
  for (const source of sources) {
    const { status, name, message } = error(answer(source));
    assertEquals([status, name], [400, "TooLarge"]);
    assert(message.endsWith(": ask without steps"), message);
    const { result } = decodeResponse(answer(source, { steps: false }));
    assertEquals(result, `${source.split("+").length}`);
  }
});

Deno.test("calculator: an error about a very long name or number stays short", () => {
  const long = 65_000;
  const name = error(answer("x".repeat(long)));
  assertEquals(name.message, `unknown name "${"x".repeat(40)}…"`);
  const digits = error(answer(`1 ${"2".repeat(long)}`));
  assertEquals(
    digits.message,
    `expected an operator or the end, found "${"2".repeat(40)}…"`,
  );
});

Deno.test("calculator: the longest result fits", () => {
  const { result } = decodeResponse(answer(`-${"9".repeat(4300)}`));
  assertEquals(result.length, 4301);
});
