/**
 * The rules of docs/protocol.md about pickles.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeResponse,
  encodeRequest,
  formatOf,
  pickle,
} from "../../lib/message/mod.ts";
import { isKnown } from "../../lib/message/pickle/python_names.ts";
import {
  Call,
  Global,
  Instance,
  Tuple,
  type Value,
} from "../../lib/message/pickle/pickle_values.ts";
import { readPickle } from "../../lib/message/pickle/pickle_reader.ts";
import { writePickle } from "../../lib/message/pickle/pickle_writer.ts";
import { OP } from "../../lib/message/pickle/opcodes.ts";
import { connect } from "../../lib/net/mod.ts";
import { ProtocolError } from "../../lib/protocol/mod.ts";
import { codeIn, example, tableBelow } from "./document.ts";
import { errorIn, frameOf } from "./frames.ts";
import { withRoles } from "./roles.ts";

/** Every object in a value, those in its attributes and lists as well. */
function* objectsIn(value: Value | undefined): Generator<Instance> {
  if (Array.isArray(value)) {
    for (const item of value) yield* objectsIn(item);
  } else if (value instanceof Instance) {
    yield value;
    for (const item of value.attributes.values()) yield* objectsIn(item);
  }
}

/** The objects of the example, created for each use. */
function objects(): Value {
  return readPickle(example("request-pickle").payload, isKnown);
}

/** A global as a table writes it. */
function globalOf(path: string): Global {
  const [module = "", name = ""] = path.split(".");
  return new Global(module, name);
}

const attributes = new Map(
  tableBelow("pickles-3", "class").map((row) => [
    codeIn(row.class ?? "")[0] ?? "",
    [...(row.attributes ?? "").matchAll(/(?:^|; )`(\w+)`/g)]
      .map(([, name = ""]) => name),
  ]),
);

Deno.test("pickles-3: the table has the classes and attributes of the example", () => {
  const found = new Map<string, string[]>();
  for (const { of, attributes } of objectsIn(objects())) {
    assertEquals(of.module, "calculator");
    found.set(of.name, [...attributes.keys()].map(String));
  }
  assertEquals([...found].sort(), [...attributes].sort());
});

Deno.test("pickles-3: attributes may come in any order, and there must be exactly these", () => {
  const count = [...objectsIn(objects())].length;
  for (let index = 0; index < count; index++) {
    const change = (alter: (attributes: Map<Value, Value>) => void) => {
      const changed = objects();
      const object = [...objectsIn(changed)][index];
      assert(object);
      alter(object.attributes);
      return () => pickle.decodeExpression(writePickle(changed));
    };
    const reordered = change((attributes) => {
      const entries = [...attributes].reverse();
      attributes.clear();
      for (const [name, value] of entries) attributes.set(name, value);
    });
    assertEquals(reordered(), "-(sin(PI * 0))");
    const lacking = change((attributes) => {
      attributes.delete([...attributes.keys()].at(-1) ?? null);
    });
    assertThrows(lacking, ProtocolError);
    const surplus = change((attributes) => attributes.set("more", 1n));
    assertThrows(surplus, ProtocolError);
  }
});

Deno.test("pickles-4: the table names the function of each symbol and name, and no other fits", () => {
  const rows = tableBelow("pickles-4", "symbol or name");
  for (const row of rows) {
    const [symbol = ""] = codeIn(row["symbol or name"] ?? "");
    const [expression = ""] = codeIn(row.in ?? "");
    const [path = ""] = codeIn(row.function ?? "");
    const value = readPickle(pickle.encodeExpression(expression), isKnown);
    const owner = objectsIn(value).find(({ attributes }) =>
      attributes.get("symbol") === symbol || attributes.get("name") === symbol
    );
    assert(owner, expression);
    const found = owner.attributes.get("function");
    if (found instanceof Global) {
      assertEquals(found.path, path);
    } else {
      assert(found instanceof Call);
      assertEquals(path, 'builtins.getattr(random.Random(), "uniform")');
      const [generator, method] = found.given.items;
      assert(generator instanceof Call);
      assertEquals(
        [found.callee.path, generator.callee.path, method],
        ["builtins.getattr", "random.Random", "uniform"],
      );
    }
    const other = path === "math.sin" ? "math.cos" : "math.sin";
    owner.attributes.set("function", globalOf(other));
    assertThrows(
      () => pickle.decodeExpression(writePickle(value)),
      ProtocolError,
    );
  }
});

Deno.test("pickles-5: an associativity may be a number or the name of a member", () => {
  const changed = objects();
  for (const { of, attributes } of objectsIn(changed)) {
    if (of.name !== "BinaryOperator") continue;
    const member = new Tuple([
      new Global("calculator", "Associativity"),
      "ANY_NAME",
    ]);
    const getattr = new Global("builtins", "getattr");
    attributes.set("associativity", new Call(getattr, member));
  }
  assertEquals(
    pickle.decodeExpression(writePickle(changed)),
    "-(sin(PI * 0))",
  );
});

Deno.test("pickles-6: what a pickle holds is read as its canonical text", () => {
  const texts: [Value, string][] = [
    [-5n, "-5"],
    [-5.5, "-5.5"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, text] of texts) {
    const constant = new Instance(
      new Global("calculator", "Constant"),
      new Map([["value", value]]),
    );
    assertEquals(pickle.decodeExpression(writePickle(constant)), text);
  }
  const written = readPickle(pickle.encodeExpression("1 + inf"), isKnown);
  const names = [...objectsIn(written)].map(({ of }) => of.name);
  assert(!names.includes("NamedConstant"));
});

Deno.test("pickles-6: a reader keeps names, a writer has its own spelling", () => {
  const written = readPickle(pickle.encodeExpression("SIN(Pi)"), isKnown);
  const named = [...objectsIn(written)].map(({ attributes }) => attributes)
    .filter((attributes) => attributes.has("name"));
  const names = named.map((attributes) => attributes.get("name"));
  assertEquals(names.sort(), ["PI", "sin"]);
  for (const attributes of named) {
    attributes.set("name", attributes.get("name") === "PI" ? "Pi" : "Sin");
  }
  const read = pickle.decodeExpression(writePickle(written));
  assertEquals(read, "Sin(Pi)");
});

Deno.test("pickles-3, pickles-6: a Constant of -inf has steps, and one that is a bool is refused", async () => {
  await withRoles(async ({ server }) => {
    using connection = await connect(server);
    const minus = writePickle(
      new Instance(
        new Global("calculator", "Constant"),
        new Map([["value", -Infinity]]),
      ),
    );
    const answered = await connection.ask(frameOf({}, minus));
    assertEquals(decodeResponse(answered), {
      result: "-inf",
      steps: ["-(inf)", "-inf"],
    });
    const bool = pickle.encodeExpression("7").toHex()
      .replace("4b07", "88").replace(/95.{16}/, "");
    const refused = await connection.ask(
      frameOf({}, Uint8Array.fromHex(bool)),
    );
    assertEquals(errorIn(refused).name, "ProtocolError");
  });
});

Deno.test("pickles-2, pickles-7, pickles-8: evaluations fail with the exceptions and messages of the table", async () => {
  await withRoles(async ({ server }) => {
    using connection = await connect(server);
    for (const row of tableBelow("pickles-8", "error")) {
      const [expression = ""] = codeIn(row.of ?? "");
      const request = encodeRequest(expression, { format: pickle });
      const value = readPickle(
        (await connection.ask(request)).payload,
        isKnown,
      );
      assert(value instanceof Call);
      const [exception = ""] = codeIn(row.exception ?? "");
      const [message = ""] = codeIn(row.message ?? "");
      assertEquals(value.callee.path, `builtins.${exception}`);
      const number = row.message?.includes("34") ? [34n] : [];
      assertEquals(value.given.items, [...number, message]);
      const plain = await connection.ask(encodeRequest(expression));
      assertEquals([errorIn(plain).name], codeIn(row.error ?? ""));
    }
  });
});

Deno.test("pickles-2: any other client error is a CalculatorClientError", async () => {
  await withRoles(async ({ server }) => {
    using connection = await connect(server);
    const request = frameOf({}, Uint8Array.fromHex("80044b072e"));
    const value = readPickle((await connection.ask(request)).payload, isKnown);
    assert(value instanceof Call);
    assertEquals(value.callee.path, "api.CalculatorClientError");
  });
});

Deno.test("pickles-11: the table lists the opcodes that are known", () => {
  const listed = tableBelow("pickles-11", "for")
    .flatMap(({ opcodes = "" }) => codeIn(opcodes));
  // The names of this project, in Python's spelling.
  const names = Object.keys(OP).map((name) =>
    name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()
      .replace("BIN_", "BIN").replace("SET_ITEM", "SETITEM")
      .replace("NEW_OBJECT", "NEWOBJ")
  );
  assertEquals(listed.toSorted(), names.toSorted());
});

Deno.test("pickles-12: the limits are 8 attributes, 500 levels and 65,523 characters", () => {
  const constant = new Instance(
    new Global("calculator", "Constant"),
    new Map<Value, Value>([["value", 1n]]),
  );
  const [sum] = objectsIn(
    readPickle(pickle.encodeExpression("1 + 1"), isKnown),
  );
  assert(sum);
  const nest = (levels: number) => {
    let value: Instance = constant;
    for (let level = 0; level < levels; level++) {
      value = new Instance(
        sum.of,
        new Map([...sum.attributes, ["left_operand", value]]),
      );
    }
    return writePickle(value);
  };
  assert(pickle.decodeExpression(nest(500)).endsWith("1) + 1"));
  assertThrows(() => pickle.decodeExpression(nest(501)), ProtocolError);
  let doubled: Instance = constant;
  for (let level = 0; level < 17; level++) {
    const both: [Value, Value][] = [
      ["left_operand", doubled],
      ["right_operand", doubled],
    ];
    doubled = new Instance(sum.of, new Map([...sum.attributes, ...both]));
  }
  assertThrows(
    () => pickle.decodeExpression(writePickle(doubled)),
    ProtocolError,
  );
});

Deno.test("pickles-14, payloads-7: a refused pickle is answered with an exception, and the connection stays open", async () => {
  await withRoles(async ({ server }) => {
    using connection = await connect(server);
    for (const hex of ["80", "80044b072e", "8004632e", "80018c01312e"]) {
      const sent = frameOf({}, Uint8Array.fromHex(hex));
      const response = await connection.ask(sent);
      assertEquals([response.status, response.cache], [400, false], hex);
      assertEquals(formatOf(response.payload), pickle);
      assertEquals(errorIn(response).name, "ProtocolError");
    }
    const answer = await connection.ask(encodeRequest("1 + 2"));
    assertEquals(decodeResponse(answer).result, "3");
  });
});
