import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { calculator } from "../../lib/calculator.ts";
import {
  ExpressionError,
  format,
  parse,
  Vocabulary,
} from "../../lib/expression/mod.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeSuccess,
  pickle,
  RemoteError,
} from "../../lib/message/mod.ts";
import { toPython } from "../../lib/message/pickle/expression_to_objects.ts";
import { OP } from "../../lib/message/pickle/opcodes.ts";
import { readPickle } from "../../lib/message/pickle/pickle_reader.ts";
import {
  Call,
  Global,
  Instance,
  Tuple,
  type Value,
} from "../../lib/message/pickle/pickle_values.ts";
import { writePickle } from "../../lib/message/pickle/pickle_writer.ts";
import { Frame, ProtocolError } from "../../lib/protocol/mod.ts";
import { sketches, write } from "../expression/sketch.ts";
import { CLIENT } from "../../tools/harness/client.ts";

/** A payload put together from text and opcodes. */
function bytes(...parts: (string | number | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? [...new TextEncoder().encode(part)] : part
    ),
  );
}

/** A short string, as protocol 4 writes it. */
function short(text: string): number[] {
  return [0x8c, text.length, ...new TextEncoder().encode(text)];
}

const PROTO = [0x80, 4];
const NEWOBJ = 0x81;
const TUPLE1 = 0x85;
const TUPLE2 = 0x86;
const STACK_GLOBAL = 0x93;
const MEMOIZE = 0x94;

function assertRefused(payload: Uint8Array, message: string): void {
  assertThrows(() => pickle.decodeExpression(payload), ProtocolError, message);
}

Deno.test("pickle: what is written reads back", () => {
  const global = fc.constantFrom("a", "max", "Ünïcode")
    .map((name) => new Global("builtins", name));
  const values = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.bigInt({ min: -(2n ** 2000n), max: 2n ** 2000n }),
      fc.double(),
      fc.string({ unit: "grapheme" }),
      fc.string({ minLength: 256, maxLength: 300 }),
      fc.constant(null),
      global,
      fc.array(tie("value")),
      fc.constant(Array.from({ length: 1001 }, (_, index) => BigInt(index))),
      fc.array(tie("value")).map((items) => new Tuple(items)),
      fc.tuple(global, fc.dictionary(fc.string(), tie("value"), { maxKeys: 8 }))
        .map(([of, attributes]) =>
          new Instance(of, new Map(Object.entries(attributes)))
        ),
      fc.tuple(global, fc.array(tie("value")))
        .map(([callee, given]) => new Call(callee, new Tuple(given))),
    ),
  })).value;
  fc.assert(fc.property(values, (value) => {
    assertEquals(readPickle(writePickle(value), () => true), value);
  }));
});

Deno.test("pickle: integers take as few bytes as Python gives them", () => {
  const cases: [bigint, string][] = [
    [0n, "4b00"],
    [255n, "4bff"],
    [256n, "4d0001"],
    [65_535n, "4dffff"],
    [65_536n, "4a00000100"],
    [-1n, "4affffffff"],
    [2n ** 31n - 1n, "4affffff7f"],
    [-(2n ** 31n), "4a00000080"],
    [2n ** 31n, "8a050000008000"],
    [-(2n ** 31n) - 1n, "8a05ffffff7fff"],
    [2n ** 39n - 1n, "8a05ffffffff7f"],
    [2n ** 39n, "8a06000000008000"],
    [-(2n ** 39n), "8a050000000080"],
  ];
  for (const [integer, opcode] of cases) {
    const frame = opcode.length / 2 + 1;
    const header = frame < 4
      ? "8004"
      : `800495${frame.toString(16).padStart(2, "0")}${"00".repeat(7)}`;
    assertEquals(writePickle(integer).toHex(), `${header}${opcode}2e`);
  }
});

Deno.test("pickle: any expression comes back in its canonical text", () => {
  const sources = sketches({ exact: false }).map(write);
  fc.assert(fc.property(sources, (source) => {
    const canonical = format(parse(source));
    const payload = pickle.encodeExpression(canonical);
    const decoded = pickle.decodeExpression(payload);
    // The reference spells its constants in capitals.
    assertEquals(decoded.toLowerCase(), canonical.toLowerCase());
    assertEquals(pickle.encodeExpression(decoded), payload);
  }));
});

Deno.test("pickle: a function that the reference does not have is refused", () => {
  const vocabulary = new Vocabulary({
    functions: [{ name: "half", arity: [1, 1], apply: (x) => Number(x) / 2 }],
  });
  const error = assertThrows(
    () => toPython(parse("1 + Half(2)", vocabulary)),
    ProtocolError,
  );
  assertEquals(
    error.message,
    "the function half has no name in pickles: send MessagePack",
  );
});

Deno.test("pickle: an added constant becomes a number", () => {
  const vocabulary = new Vocabulary({
    constants: [{ name: "dozen", value: 12n }],
  });
  const payload = writePickle(toPython(parse("dozen + 1", vocabulary)));
  assertEquals(pickle.decodeExpression(payload), "12 + 1");
});

Deno.test("pickle: constants keep the spelling that they came with", () => {
  const payload = pickle.encodeExpression("pi + Tau");
  assertEquals(pickle.decodeExpression(payload), "PI + TAU");
  const other = payload.slice();
  const at = new TextDecoder("latin1").decode(payload).indexOf("PI");
  other.set(new TextEncoder().encode("Pi"), at);
  assertEquals(pickle.decodeExpression(other), "Pi + TAU");
});

Deno.test("pickle: any answer comes back as it was", () => {
  for (
    const result of [
      "6",
      "-0.0",
      "1e+16",
      "inf",
      "-inf",
      "nan",
      `${10n ** 100n}`,
    ]
  ) {
    for (
      const steps of [[], ["1 + 2", "3"], Array(2001).fill("x".repeat(30))]
    ) {
      const answer = { result, steps };
      assertEquals(pickle.decodeAnswer(pickle.encodeAnswer(answer)), answer);
    }
  }
});

Deno.test("pickle: a pickle that would run a command only earns an error", () => {
  const command = bytes(
    PROTO,
    [...short("posix"), ...short("system"), STACK_GLOBAL],
    [...short("touch /tmp/run-by-a-pickle"), TUPLE1],
    "R.",
  );
  assertRefused(command, 'the pickle may not name "posix.system"');
  assertRefused(
    bytes([0x80, 2], "cos\nsystem\n(S'id'\ntR."),
    'the pickle may not name "os.system"',
  );
  for (
    const path of ["builtins.eval", "builtins.exec", "builtins.__import__"]
  ) {
    const [module = "", name = ""] = path.split(".");
    const payload = bytes(PROTO, [
      ...short(module),
      ...short(name),
      STACK_GLOBAL,
    ], ".");
    assertRefused(payload, `the pickle may not name "${path}"`);
  }
  // What it may name is not called either: getattr(math.sin, "__class__").
  assertRefused(
    bytes(
      PROTO,
      [...short("builtins"), ...short("getattr"), STACK_GLOBAL],
      [...short("math"), ...short("sin"), STACK_GLOBAL],
      [...short("__class__"), TUPLE2],
      "R.",
    ),
    "expected an expression",
  );
});

Deno.test("pickle: a symbol with another function behind it is refused", () => {
  const payload = pickle.encodeExpression("1 + 2");
  const at = new TextDecoder("latin1").decode(payload).indexOf("add");
  payload.set(new TextEncoder().encode("sub"), at);
  assertRefused(payload, "expected an operator");
});

Deno.test("pickle: a symbol that is a list is refused", () => {
  const whole = readPickle(pickle.encodeExpression("1 + 2"), () => true);
  assert(whole instanceof Instance);
  const operator = whole.attributes.get("operator");
  assert(operator instanceof Instance);
  let doubled: Value = ["+"];
  for (let times = 0; times < 60; times++) doubled = [doubled, doubled];
  for (const symbol of [["+"], doubled]) {
    operator.attributes.set("symbol", symbol);
    assertRefused(writePickle(whole), "expected an operator");
  }
});

Deno.test("pickle: a constant or an associativity of another value is refused", () => {
  const constant = readPickle(pickle.encodeExpression("pi"), () => true);
  assert(constant instanceof Instance);
  for (const value of [3n, 3.14, null]) {
    constant.attributes.set("value", value);
    assertRefused(writePickle(constant), "expected a constant");
  }
  const whole = readPickle(pickle.encodeExpression("1 + 2"), () => true);
  assert(whole instanceof Instance);
  const operator = whole.attributes.get("operator");
  assert(operator instanceof Instance);
  operator.attributes.set("associativity", 0n);
  assertRefused(writePickle(whole), "expected an operator");
});

Deno.test("pickle: an answer or an error that repeats a long text is refused", () => {
  const long = "x".repeat(60_000);
  // Strings of one character are shared: these take two bytes each.
  const steps = [long, ...Array(6000).fill("y")];
  assertThrows(
    () => pickle.decodeAnswer(writePickle(new Tuple([6n, steps]))),
    ProtocolError,
  );
  const exception = new Global("builtins", "ValueError");
  for (const given of [[], Array(20_000).fill("y"), [long, long]]) {
    assertThrows(
      () =>
        pickle.decodeReport(writePickle(new Call(exception, new Tuple(given)))),
      ProtocolError,
      "an exception with a message",
    );
  }
});

Deno.test("pickle: what lacks, repeats or goes round in circles is refused", () => {
  const cases: [payload: Uint8Array, message: string][] = [
    [bytes([0x80, 4]), "it ends too early"],
    [bytes([0x80, 6], "N."), "expected protocol 2 to 5, found 6"],
    [bytes([0x80, 0], "N."), "expected protocol 2 to 5, found 0"],
    [bytes(PROTO, "."), "it takes a value that is not on the stack"],
    [bytes(PROTO, "NN."), "it holds more than one value"],
    [bytes(PROTO, "N.N"), "it holds more than one value"],
    [bytes(PROTO, "h", 7, "."), "memo entry 7 was never set"],
    [
      bytes(PROTO, "j", [255, 255, 255, 255], "."),
      "memo entry 4294967295 was never set",
    ],
    [bytes(PROTO, [MEMOIZE], "."), "it takes a value that is not on the stack"],
    [bytes(PROTO, "Nt."), "it pops to a mark that was never set"],
    [
      bytes(PROTO, "N(", [TUPLE1], "."),
      "it takes a value that is not on the stack",
    ],
    [bytes(PROTO, "NNa."), "it appends to something other than a list"],
    [bytes(PROTO, "](NNNu."), "it sets items on something other than a dict"],
    [bytes(PROTO, "}(Nu."), "it sets items on something other than a dict"],
    [
      bytes(PROTO, "NNb."),
      "it sets attributes on something other than an object",
    ],
    [
      bytes(PROTO, "N)", [NEWOBJ], "."),
      "it creates an object from something other than a class",
    ],
    [bytes(PROTO, "N)R."), "it calls something other than a name"],
    [
      bytes(PROTO, [STACK_GLOBAL], "."),
      "it takes a value that is not on the stack",
    ],
    [
      bytes(PROTO, "NN", [STACK_GLOBAL], "."),
      "it names a global with something other than a string",
    ],
    [bytes(PROTO, "I1\n."), "it has the opcode 0x49"],
    [bytes(PROTO, "P1\n."), "it has the opcode 0x50"],
    [bytes(PROTO, [0x8c, 1, 0xff], "."), "it has text that is not UTF-8"],
    [bytes(PROTO, "X", [255, 255, 255, 255], "a."), "it ends too early"],
    [bytes(PROTO, [0x8b, 255, 255, 255, 127], "a."), "it ends too early"],
    [bytes(PROTO, "N."), "expected an expression"],
    [bytes(PROTO, "K", 7, "."), "expected an expression"],
    // A list that holds itself.
    [bytes(PROTO, "]", [MEMOIZE], "h", 0, "a."), "expected an expression"],
  ];
  for (const [payload, message] of cases) assertRefused(payload, message);
});

Deno.test("pickle: text that is not UTF-8 is refused anywhere", () => {
  const texts = {
    "a lone surrogate, as Python's surrogatepass writes it": [0xed, 0xa0, 0x80],
    "an overlong form": [0xc0, 0xb1],
    "a character that is cut off": [0xe2, 0x82],
    "a byte that is never used": [0xff],
  };
  for (const text of Object.values(texts)) {
    const strings = [
      bytes([0x8c, text.length, ...text]),
      bytes("X", [text.length, 0, 0, 0, ...text]),
    ];
    for (const string of strings) {
      const cases: [(payload: Uint8Array) => unknown, Uint8Array][] = [
        [pickle.decodeExpression, bytes(PROTO, [...string], ".")],
        [
          pickle.decodeAnswer,
          bytes(PROTO, "K", 6, "]", [...string], "a", [TUPLE2], "."),
        ],
        [
          pickle.decodeReport,
          bytes(
            PROTO,
            [...short("builtins"), ...short("ValueError"), STACK_GLOBAL],
            [...string],
            [TUPLE1],
            "R.",
          ),
        ],
      ];
      for (const [decode, payload] of cases) {
        assertThrows(
          () => decode(payload),
          ProtocolError,
          "it has text that is not UTF-8",
        );
      }
    }
    assertRefused(
      bytes([0x80, 2], "cos", text, "\nsystem\n."),
      "it has text that is not UTF-8",
    );
  }
});

Deno.test("pickle: a byte order mark is a character like any other", () => {
  const answer = { result: "6", steps: ["\ufeff1 + 5", "6"] };
  assertEquals(pickle.decodeAnswer(pickle.encodeAnswer(answer)), answer);
});

Deno.test("pickle: any bytes for a response are decoded or refused as such", () => {
  const opcode = fc.constantFrom(...Object.values(OP));
  const byte = fc.oneof(opcode, fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), (rest) => {
      for (const decode of [pickle.decodeAnswer, pickle.decodeReport]) {
        try {
          decode(bytes(PROTO, rest));
        } catch (error) {
          assertInstanceOf(error, ProtocolError);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("pickle: a huge integer in a response is a fault of the response", () => {
  const payload = bytes(
    PROTO,
    [0x8b, 0x60, 0xea, 0, 0],
    Array(60_000).fill(1),
    "]",
    [TUPLE2],
    ".",
  );
  for (const decode of [pickle.decodeAnswer, pickle.decodeReport]) {
    assertThrows(
      () => decode(payload),
      ProtocolError,
      "an integer may have at most 4300 digits",
    );
  }
});

Deno.test("pickle: an expression within itself is refused", () => {
  const whole = readPickle(pickle.encodeExpression("1 + 1"), () => true);
  assert(whole instanceof Instance);
  whole.attributes.set("left_operand", whole);
  assertRefused(writePickle(whole), "nested deeper than 500 levels");
});

Deno.test("pickle: an expression that doubles with every line is refused at once", () => {
  const whole = readPickle(pickle.encodeExpression("1 + 1"), () => true);
  assert(whole instanceof Instance);
  // The same sum on both sides of the next, fifty times over: 2 ** 50 parts.
  let doubled = whole;
  for (let times = 0; times < 50; times++) {
    doubled = new Instance(
      whole.of,
      new Map(whole.attributes).set("left_operand", doubled)
        .set("right_operand", doubled),
    );
  }
  assertRefused(writePickle(doubled), "more than 65523 characters");
});

Deno.test("pickle: a long number at many places is refused at once", () => {
  const sum = readPickle(pickle.encodeExpression("max(1, 2)"), () => true);
  const long = readPickle(
    pickle.encodeExpression("9".repeat(4300)),
    () => true,
  );
  assert(sum instanceof Instance && sum.attributes.has("args"));
  sum.attributes.set("args", Array(20_000).fill(long));
  assertRefused(writePickle(sum), "more than 65523 characters");
});

Deno.test("pickle: an object of a hundred attributes is refused", () => {
  const object = new Instance(new Global("calculator", "Constant"));
  for (let index = 0n; index < 100n; index++) {
    object.attributes.set(index, null);
  }
  assertRefused(writePickle(object), "more than 8 attributes");
});

Deno.test("pickle: huge integers are refused before they are computed", () => {
  const length = 60_000;
  const payload = bytes(
    PROTO,
    [0x8b, length & 255, length >> 8, 0, 0],
    Array(length).fill(1),
    ".",
  );
  const error = assertThrows(
    () => pickle.decodeExpression(payload),
    ExpressionError,
  );
  assertEquals(error.name, "TooLarge");
});

Deno.test("pickle: nothing but errors comes of a pickle that is cut off or changed anywhere", async () => {
  const payload = pickle.encodeExpression("max(2, pi) ** -(3) + sin(1e3)");
  const answer = async (payload: Uint8Array) => {
    const header = {
      timeStamp: 0,
      type: "request",
      cache: true,
      steps: true,
      status: 0,
      maxAge: 0,
    } as const;
    return await calculator()(Frame.from(header, payload), CLIENT);
  };
  for (let length = 1; length < payload.length; length++) {
    const response = await answer(payload.subarray(0, length));
    assertEquals(response.status, 400);
    assertThrows(() => decodeResponse(response), RemoteError);
  }
  const changes = fc.record({
    at: fc.integer({ min: 1, max: payload.length - 1 }),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { minLength: 1 }), async (changed) => {
      const other = payload.slice();
      for (const { at, byte } of changed) other[at] = byte;
      const { status } = await answer(other);
      assert(status === 200 || status === 400);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("pickle: an expression that is nested too deeply for Python is not sent", () => {
  const chain = "1" + "+1".repeat(20_000);
  const error = assertThrows(
    () => pickle.encodeExpression(chain),
    ProtocolError,
  );
  assertEquals(error.name, "TooLarge");
});

Deno.test("pickle: an answer of another shape is refused", () => {
  const shapes: Value[] = [
    null,
    6n,
    new Tuple([]),
    new Tuple([6n]),
    new Tuple(["6", []]),
    new Tuple([6n, [6n]]),
    new Tuple([6n, "6"]),
  ];
  for (const shape of shapes) {
    assertThrows(
      () => pickle.decodeAnswer(writePickle(shape)),
      ProtocolError,
      "a number and a list of strings",
    );
  }
  assertThrows(
    () => pickle.decodeReport(writePickle(new Tuple([6n, []]))),
    ProtocolError,
    "an exception",
  );
  assertEquals(
    decodeResponse(
      encodeSuccess({ result: "6", steps: [] }, { format: pickle }),
    ),
    {
      result: "6",
      steps: [],
    },
  );
});

Deno.test("pickle: calculations fail in the words of Python's exceptions", async () => {
  const failures: [expression: string, words: string][] = [
    ["1 / 0", "division by zero"],
    ["1.0 / 0", "float division by zero"],
    ["1 % 0", "integer modulo by zero"],
    ["1.5 % 0", "float modulo"],
    ["0 ** -1", "0.0 cannot be raised to a negative power"],
    ["log(2, 1)", "float division by zero"],
    ["sqrt(-1)", "math domain error"],
    ["log(0)", "math domain error"],
    ["log(2, -1)", "math domain error"],
    ["sin(inf)", "math domain error"],
    [
      "pow(2.0, 1, 5)",
      "pow() 3rd argument not allowed unless all arguments are integers",
    ],
    ["pow(2, 3, 0)", "pow() 3rd argument cannot be 0"],
    ["pow(2, -1, 4)", "base is not invertible for the given modulus"],
    ["10.0 ** 400", "Numerical result out of range"],
    ["10 ** 400 + 0.5", "int too large to convert to float"],
    ["sqrt(10 ** 4000)", "int too large to convert to float"],
    ["10 ** 400 / 3", "integer division result too large for a float"],
  ];
  for (const [expression, words] of failures) {
    const request = encodeRequest(expression, { format: pickle });
    const response = await calculator()(request, CLIENT);
    const error = assertThrows(() => decodeResponse(response), RemoteError);
    assertEquals([expression, error.message], [expression, words]);
  }
});
