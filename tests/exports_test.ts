/**
 * The exports of the entry points are shared by the whole process, so no user may
 * change them for others.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import config from "../deno.json" with { type: "json" };
import * as expression from "../lib/expression/mod.ts";
import { STATUS } from "../lib/message/mod.ts";

/** The paths of objects that can be changed. Classes and functions are left out. */
function* changeable(
  value: unknown,
  path: string,
  seen = new Set<unknown>(),
): Generator<string> {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  const isCollection = value instanceof Map || value instanceof Set ||
    ArrayBuffer.isView(value);
  if (!Object.isFrozen(value) || isCollection) yield path;
  for (const key of Reflect.ownKeys(value)) {
    yield* changeable(Reflect.get(value, key), `${path}.${String(key)}`, seen);
  }
}

Deno.test("exports: no exported object can be changed", async () => {
  let objects = 0;
  for (const [entry, file] of Object.entries(config.exports)) {
    const module: Record<string, unknown> = await import(`../${file}`);
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === "object") objects++;
      assertEquals([...changeable(value, `${entry} ${name}`)], []);
    }
  }
  assert(objects >= 3);
});

Deno.test("exports: no function or operator in a tree can be changed", () => {
  for (const source of ["max(1, 2)", "rand(1, 2)", "-(1)", "2 ** 3", "1 + 2"]) {
    const tree = expression.parse(source);
    const shared = tree.kind === "call"
      ? tree.function
      : tree.kind === "unary" || tree.kind === "binary"
      ? tree.operator
      : undefined;
    assert(shared !== undefined);
    assertEquals([...changeable(shared, source)], []);
    assertThrows(() => Object.assign(shared, { apply: () => 7n }), TypeError);
  }
  assertEquals(expression.evaluate("max(1, 2)").value, 2n);
});

Deno.test("exports: no vocabulary can be changed", () => {
  const functions = [{ name: "f", arity: [0, 0] as const, apply: () => 1n }];
  const vocabulary = new expression.Vocabulary({ functions });
  assertEquals([...changeable(vocabulary, "vocabulary")], []);
});

/** The optional properties of public types that `undefined` does not fit. */
function strictlyOptional(documentation: string): string[] {
  const names: string[] = [];
  JSON.parse(documentation, (_key, node) => {
    if (node?.optional && node.location && node.tsType) {
      const { kind, value } = node.tsType;
      const types: { repr?: string }[] = kind === "union"
        ? value
        : [node.tsType];
      const fits = types.some(({ repr }) => /undefined|never/.test(`${repr}`));
      if (!fits) names.push(`${node.location.filename}: ${node.name}`);
    }
    return node;
  });
  return names;
}

Deno.test("exports: any optional property may be undefined", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...Object.values(config.exports)],
    cwd: new URL("..", import.meta.url),
  }).output();
  const documentation = new TextDecoder().decode(stdout);
  assertStringIncludes(documentation, '"maxIdleConnections"');
  assertEquals(strictlyOptional(documentation), []);
});

Deno.test("exports: the status codes cannot be changed", () => {
  assertThrows(() => Object.assign(STATUS, { success: 201 }), TypeError);
});
