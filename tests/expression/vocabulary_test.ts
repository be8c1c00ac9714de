import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { constants } from "../../lib/expression/constants.ts";
import { functions } from "../../lib/expression/functions.ts";
import {
  evaluate,
  ExpressionError,
  format,
  isRandom,
  MAX_DEPTH,
  type NamedConstant,
  type NamedFunction,
  parse,
  type Value,
  Vocabulary,
} from "../../lib/expression/mod.ts";

/** The greatest common divisor of two integers. */
function gcd(left: Value, right: Value): Value {
  if (typeof left !== "bigint" || typeof right !== "bigint") {
    throw new ExpressionError("DomainError", "gcd takes integers only");
  }
  return right === 0n ? left < 0n ? -left : left : gcd(right, left % right);
}

const vocabulary = new Vocabulary({
  functions: [
    { name: "gcd", arity: [2, 2], apply: gcd },
    { name: "Dice", arity: [0, 0], random: true, apply: roll },
    { name: "sum_of", arity: [1, 4], apply: (...values) => values.length },
    { name: "slow", arity: [1, 1], apply: (n) => n, work: (n) => Number(n) },
  ],
  constants: [
    { name: "dozen", value: 12n },
    { name: "frost", value: -4n },
  ],
});

function roll(fraction: Value): Value {
  return BigInt(Math.floor(Number(fraction) * 6)) + 1n;
}

function refused(source: string): ExpressionError {
  return assertThrows(() => evaluate(source, { vocabulary }), ExpressionError);
}

Deno.test("vocabulary: expressions call added functions and name added constants, in any case", () => {
  const cases: [source: string, canonical: string, value: Value][] = [
    ["gcd(dozen,18)", "gcd(dozen, 18)", 6n],
    ["2*GCD(Dozen, 18)+1", "(2 * GCD(Dozen, 18)) + 1", 13n],
    ["max(gcd(8, 12), pi)", "max(gcd(8, 12), pi)", 4n],
    ["frost ** 2", "frost ** 2", 16n],
    ["-frost", "-(frost)", 4n],
  ];
  for (const [source, canonical, value] of cases) {
    const tree = parse(source, vocabulary);
    assertEquals(format(tree), canonical);
    assertEquals(parse(canonical, vocabulary), tree);
    assertEquals(evaluate(tree).value, value);
    assertEquals(evaluate(source, { vocabulary }).value, value);
  }
});

Deno.test("vocabulary: steps show added names until they are replaced", () => {
  const steps = (source: string) =>
    evaluate(source, { vocabulary, steps: true, random: () => 0.5 }).steps;
  assertEquals(
    steps("gcd(dozen, 3 * 6) + Dice()"),
    [
      "gcd(dozen, 3 * 6) + Dice()",
      "gcd(12, 3 * 6) + Dice()",
      "gcd(12, 18) + Dice()",
      "6 + Dice()",
      "6 + 4",
      "10",
    ].map((step) => step.replace("3 * 6", "(3 * 6)")),
  );
  assertEquals(steps("frost ** 2"), ["frost ** 2", "(-4) ** 2", "16"]);
});

Deno.test("vocabulary: every step of an added name has the value of the expression", () => {
  const aLeaf = fc.constantFrom("dozen", "frost", "FROST", "7", "-2");
  const { source } = fc.letrec<{ source: string }>((tie) => ({
    source: fc.oneof(
      { maxDepth: 4 },
      aLeaf,
      fc.tuple(tie("source"), tie("source"))
        .map(([left, right]) => `gcd(${left}, ${right})`),
      fc.tuple(tie("source"), fc.constantFrom("+", "-", "*"), tie("source"))
        .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
      tie("source").map((operand) => `-${operand}`),
    ),
  }));
  fc.assert(fc.property(source, (source) => {
    const { value, steps } = evaluate(source, { vocabulary, steps: true });
    for (const step of steps) {
      assertEquals([step, evaluate(step, { vocabulary }).value], [step, value]);
    }
  }));
});

Deno.test("vocabulary: an added name is unknown to other vocabularies", () => {
  for (const source of ["gcd(12, 18)", "dozen"]) {
    const error = assertThrows(() => parse(source), ExpressionError);
    assertEquals(error.name, "UnknownName");
    const other = new Vocabulary();
    assertThrows(() => parse(source, other), ExpressionError, error.message);
  }
});

Deno.test("vocabulary: errors know added names", () => {
  const cases: [source: string, name: string, message: string][] = [
    ["gdc(1, 2)", "UnknownName", 'unknown function "gdc": did you mean "gcd"?'],
    ["dozn", "UnknownName", 'unknown name "dozn": did you mean "dozen"?'],
    ["gcd", "WrongArguments", "gcd is a function: its arguments go in"],
    ["dozen(1)", "WrongArguments", "dozen is a constant and takes no"],
    ["GCD(1)", "WrongArguments", "GCD takes 2 arguments, 1 given"],
    ["dice(1)", "WrongArguments", "dice takes 0 arguments, 1 given"],
    ["sum_of()", "WrongArguments", "sum_of takes 1 to 4 arguments, 0 given"],
    ["gcd(1.5, 2)", "DomainError", "gcd takes integers only"],
    ["1 +* gcd(1, 2)", "SyntaxError", "expected a number, a name"],
  ];
  for (const [source, name, message] of cases) {
    const error = refused(source);
    assertEquals([source, error.name], [source, name]);
    assertEquals(error.message.slice(0, message.length), message);
  }
});

Deno.test("vocabulary: an added function that is random makes an expression random", () => {
  assert(isRandom(parse("1 + gcd(dice(), 2)", vocabulary)));
  assert(!isRandom(parse("gcd(1, 2)", vocabulary)));
  const faces = new Set(
    Array.from({ length: 200 }, () => evaluate("dice()", { vocabulary }).value),
  );
  assert(faces.size > 1);
  assert([...faces].every((face) => face >= 1n && face <= 6n));
});

Deno.test("vocabulary: the work of an added function counts", () => {
  const options = { vocabulary, maxWork: 1000 };
  assertEquals(evaluate("slow(400) + slow(600)", options).value, 1000n);
  const error = assertThrows(
    () => evaluate("slow(400) + slow(601)", options),
    ExpressionError,
  );
  assertEquals(error.name, "TooLarge");
});

Deno.test("vocabulary: arguments of an added function count as levels", () => {
  const nest = (depth: number) =>
    `${"slow(".repeat(depth)}1${")".repeat(depth)}`;
  parse(nest(MAX_DEPTH), vocabulary);
  assertEquals(refused(nest(MAX_DEPTH + 1)).name, "TooDeep");
});

Deno.test("vocabulary: an added function must return a number of a size that fits", () => {
  const evaluateTo = (result: unknown) => {
    const definition = { name: "f", arity: [0, 0] as const };
    const functions = [{ ...definition, apply: () => result as Value }];
    return evaluate("f()", { vocabulary: new Vocabulary({ functions }) }).value;
  };
  for (const value of [0n, -0, 1.5, NaN, Infinity, 10n ** 4300n - 1n]) {
    assertEquals(evaluateTo(value), value);
  }
  const cases: [result: unknown, described: string][] = [
    [undefined, "undefined"],
    [null, "null"],
    ["6", '"6"'],
    [() => 6n, "a function"],
    [true, "true"],
    [[6n], "[6]"],
    [Promise.resolve(6n), "Promise"],
    // As from an asynchronous function that fails: no unhandled rejection.
    [Promise.reject(new Error("a bug")), "Promise"],
    [Object.create(null), "object"],
  ];
  for (const [result, described] of cases) {
    const { message } = assertThrows(() => evaluateTo(result), TypeError);
    assertEquals(
      message,
      `The function f must return a number or a bigint: returned ${described}`,
    );
  }
  const error = assertThrows(() => evaluateTo(10n ** 4300n), ExpressionError);
  assertEquals(error.name, "TooLarge");
});

Deno.test("vocabulary: an estimate of work must be a number", () => {
  for (const work of [-1, NaN, "much", undefined]) {
    const functions = [{
      name: "f",
      arity: [0, 0] as const,
      apply: () => 1n,
      work: () => work as number,
    }];
    const vocabulary = new Vocabulary({ functions });
    assertThrows(
      () => evaluate("f()", { vocabulary }),
      TypeError,
      "The work of the function f must be a number from 0: returned",
    );
  }
});

Deno.test("vocabulary: a definition that is wrong is refused by name", () => {
  const right: NamedFunction = { name: "f", arity: [1, 1], apply: () => 1n };
  const wrong = (
    changes: Record<string, unknown>,
    ErrorClass: typeof TypeError | typeof RangeError,
    message: string,
  ) => {
    const functions = [{ ...right, ...changes } as NamedFunction];
    const error = assertThrows(() => new Vocabulary({ functions }), ErrorClass);
    assertEquals(error.message.slice(0, message.length), message);
  };
  const isAName =
    "Cannot add a function: its name must consist of letters from a to";
  for (const name of ["", "2x", "a b", "π", "a-b", "f(", " f", 7, undefined]) {
    wrong({ name }, TypeError, isAName);
  }
  for (const name of [...functions.keys(), ...constants.keys(), "Max", "PI"]) {
    const key = name.toLowerCase();
    wrong({ name }, TypeError, `Cannot add the function ${key}: the name is`);
  }
  const arities = [[2, 1], [-1, 1], [0.5, 1], [1], [1, NaN], [1, "2"], 2];
  for (const arity of [...arities, undefined, [Infinity, Infinity]]) {
    wrong({ arity }, RangeError, "Cannot add the function f: its arity must");
  }
  const mustBe = (part: string) =>
    `Cannot add the function f: ${part} must be a function: received`;
  wrong({ apply: undefined }, TypeError, `${mustBe("apply")} undefined`);
  wrong({ apply: 7 }, TypeError, `${mustBe("apply")} 7`);
  wrong({ work: 7 }, TypeError, `${mustBe("work")} 7`);
});

Deno.test("vocabulary: a constant that is wrong is refused by name", () => {
  const cases: [constants: unknown[], message: string][] = [
    [
      [{ name: "x y", value: 1 }],
      "Cannot add a constant: its name must consist of",
    ],
    [[{ name: "Max", value: 1 }], "Cannot add the constant max: the name is"],
    [
      [{ name: "Kilo", value: 1000 }, { name: "KILO", value: 1024 }],
      "Cannot add the constant kilo: the name is taken",
    ],
    [[{ name: "k", value: "1" }], "Cannot add the constant k: its value must"],
    [[{ name: "k" }], "Cannot add the constant k: its value must"],
    [
      [{ name: "k", value: 10n ** 4300n }],
      "Cannot add the constant k: an integer may have at most 4300 digits",
    ],
  ];
  for (const [constants, message] of cases) {
    const additions = { constants: constants as NamedConstant[] };
    const error = assertThrows(() => new Vocabulary(additions), Error);
    assertEquals(error.message.slice(0, message.length), message);
  }
  const functions = [{ name: "k", arity: [0, 0] as const, apply: () => 1n }];
  const both = { functions, constants: [{ name: "k", value: 1 }] };
  assertThrows(() => new Vocabulary(both), TypeError, "the name is taken");
});

Deno.test("vocabulary: definitions are copied, so that later changes have no effect", () => {
  const definition = {
    name: "one",
    arity: [0, 0] as [number, number],
    apply: (): Value => 1n,
  };
  const constant = { name: "two", value: 2n };
  const additions = { functions: [definition], constants: [constant] };
  const vocabulary = new Vocabulary(additions);
  definition.apply = () => 10n;
  definition.arity[0] = 5;
  constant.value = 20n;
  additions.functions.push({ ...definition, name: "three" });
  assertEquals(evaluate("one() + two", { vocabulary }).value, 3n);
  assertEquals(vocabulary.functionNamed("three"), undefined);
});

Deno.test("vocabulary: lists its functions and constants, the standard ones first", () => {
  const { functions, constants } = vocabulary;
  assertEquals(functions[0], parseCall("max(1, 2)"));
  assertEquals(functions.slice(-4).map(({ name }) => name), [
    ...["gcd", "dice", "sum_of", "slow"],
  ]);
  assertEquals(constants.at(-2), { name: "dozen", value: 12n });
  assertEquals(vocabulary.constantNamed("DOZEN")?.value, 12n);
  assertEquals(vocabulary.functionNamed("dozen"), undefined);
});

function parseCall(source: string): NamedFunction | undefined {
  const tree = parse(source);
  return tree.kind === "call" ? tree.function : undefined;
}
