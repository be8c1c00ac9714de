import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "@std/msgpack/encode";
import fc from "fast-check";
import {
  type Answer,
  type ErrorReport,
  messagePack,
} from "../../lib/message/mod.ts";
import { ProtocolError } from "../../lib/protocol/mod.ts";

const { encodeExpression, encodeAnswer, encodeReport } = messagePack;
const { decodeExpression, decodeAnswer, decodeReport } = messagePack;

const EXPRESSION = "an expression as a MessagePack string";
const ANSWER = "[result, [step, …]] in MessagePack, all strings";
const REPORT = "{name, message} in MessagePack, both strings";

/** Every decoder, what it says it expects, and a payload that it takes. */
const DECODERS: [(payload: Uint8Array) => unknown, string, Uint8Array][] = [
  [decodeExpression, EXPRESSION, encodeExpression("max(2, 3) + π")],
  [decodeAnswer, ANSWER, encodeAnswer({ result: "3", steps: ["1 + 2", "3"] })],
  [
    decodeReport,
    REPORT,
    encodeReport({ name: "SyntaxError", message: "Oh, no", position: 300 }),
  ],
];

function assertRefused(
  decoder: (payload: Uint8Array) => unknown,
  payload: Uint8Array,
  message: string,
): void {
  const error = assertThrows(
    () => decoder(payload),
    ProtocolError,
    `the payload must be ${message}`,
  );
  assertEquals(error.name, "ProtocolError");
}

/** Text of any script. Control characters are in `TEXTS`. */
const aText = fc.string({ unit: "grapheme", size: "medium" });

/** MessagePack writes the lengths on both sides of these in different ways. */
const TEXTS = [
  "",
  ...[1, 31, 32, 255, 256, 65_520].map((length) => "9".repeat(length)),
  "\0 \t\r\n \x7f",
  "\\ \" '",
  "π ≈ 3, 🧮 = 🧮",
  "__proto__",
];

Deno.test("payload: an expression is a MessagePack string", () => {
  assertEquals(encodeExpression("1 + 2").toHex(), "a5" + "31202b2032");
  assertEquals(encodeExpression("").toHex(), "a0");
});

Deno.test("payload: an answer is [result, [step, …]]", () => {
  assertEquals(
    encodeAnswer({ result: "3", steps: ["1+2", "3"] }).toHex(),
    "92" + "a133" + ("92" + "a3312b32" + "a133"),
  );
  assertEquals(encodeAnswer({ result: "3", steps: [] }).toHex(), "92a13390");
});

Deno.test("payload: an error is {name, message}, with its position if it has one", () => {
  const name = "a46e616d65" + "a141";
  const message = "a76d657373616765" + "a142";
  const position = "a8706f736974696f6e" + "05";
  const report = { name: "A", message: "B" };
  assertEquals(encodeReport(report).toHex(), `82${name}${message}`);
  assertEquals(
    encodeReport({ ...report, position: undefined }).toHex(),
    `82${name}${message}`,
  );
  assertEquals(
    encodeReport({ ...report, position: 5 }).toHex(),
    `83${name}${message}${position}`,
  );
});

Deno.test("payload: an error object is a report of itself", () => {
  const error = new ProtocolError("a frame has 12 bytes at least: found 5");
  assertEquals(decodeReport(encodeReport(error)), {
    name: "ProtocolError",
    message: "a frame has 12 bytes at least: found 5",
  });
});

Deno.test("payload: text of every kind and length comes back as it was", () => {
  for (const text of TEXTS) {
    assertEquals(decodeExpression(encodeExpression(text)), text);
    const answer = { result: text, steps: [text, "", text] };
    assertEquals(decodeAnswer(encodeAnswer(answer)), answer);
    const report = { name: text, message: text };
    assertEquals(decodeReport(encodeReport(report)), report);
  }
});

Deno.test("payload: any expression comes back as it was", () => {
  fc.assert(fc.property(aText, (expression) => {
    assertEquals(decodeExpression(encodeExpression(expression)), expression);
  }));
});

Deno.test("payload: any answer comes back as it was", () => {
  const anAnswer: fc.Arbitrary<Answer> = fc.record({
    result: aText,
    steps: fc.array(aText, { size: "medium" }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(anAnswer, (answer) => {
    assertEquals(decodeAnswer(encodeAnswer(answer)), answer);
  }));
});

Deno.test("payload: an answer stays as it is while others are encoded", () => {
  const answers = Array.from({ length: 100 }, (_, index) => ({
    result: `${index}`,
    steps: ["9".repeat(300 * index), `${index}`],
  }));
  const payloads = answers.map(encodeAnswer);
  assertEquals(payloads.map(decodeAnswer), answers);
});

Deno.test("payload: any error comes back as it was", () => {
  const aReport: fc.Arbitrary<ErrorReport> = fc.record(
    { name: aText, message: aText, position: fc.nat({ max: 65_535 }) },
    { requiredKeys: ["name", "message"], noNullPrototype: true },
  );
  fc.assert(fc.property(aReport, (report) => {
    assertEquals(decodeReport(encodeReport(report)), report);
  }));
});

Deno.test("payload: what an error says beyond what is known is ignored", () => {
  const payload = encode({ hint: ["a", 1], name: "A", message: "B", code: 7 });
  assertEquals(decodeReport(payload), { name: "A", message: "B" });
});

Deno.test("payload: an expression that is no string is refused", () => {
  const cases: [Parameters<typeof encode>[0], found: string][] = [
    [null, "nil"],
    [true, "a boolean"],
    [7, "an integer"],
    [-1, "an integer"],
    [1.5, "a float"],
    [[], "an array"],
    [["1 + 2"], "an array"],
    [{}, "a map"],
    [{ expression: "1 + 2" }, "a map"],
    [Uint8Array.of(0x31), "binary data"],
  ];
  for (const [value, found] of cases) {
    assertRefused(
      decodeExpression,
      encode(value),
      `${EXPRESSION}: found ${found}`,
    );
  }
});

Deno.test("payload: an expression that is not UTF-8 is refused", () => {
  for (const bytes of ["a1ff", "a1e9", "a231a0", "a4312ba031", "a2c0b1"]) {
    assertRefused(
      decodeExpression,
      Uint8Array.fromHex(bytes),
      `${EXPRESSION}: found a string that is not UTF-8`,
    );
  }
});

Deno.test("payload: what begins as no string is not looked into", () => {
  // An array that claims 2 ** 32 - 1 arrays that claim the same, and so on.
  const claim = [0xdd, 0xff, 0xff, 0xff, 0xff];
  const payload = Uint8Array.from(
    Array.from({ length: 13_000 }, () => claim).flat(),
  );
  assertRefused(decodeExpression, payload, `${EXPRESSION}: found an array`);
});

Deno.test("payload: an answer of any other shape is refused", () => {
  const shapes: Parameters<typeof encode>[0][] = [
    null,
    true,
    3,
    "3",
    Uint8Array.of(0x33),
    {},
    { result: "3", steps: [] },
    { 0: "3", 1: [], length: 2 },
    [],
    ["3"],
    ["3", [], []],
    [3, []],
    [null, []],
    [["3"], []],
    [[], "3"],
    ["3", "3"],
    ["3", null],
    ["3", {}],
    ["3", Uint8Array.of(0x33)],
    ["3", [3]],
    ["3", ["1 + 2", null]],
    ["3", ["1 + 2", ["3"]]],
    ["3", [Uint8Array.of(0x33), "3"]],
  ];
  for (const shape of shapes) {
    assertRefused(decodeAnswer, encode(shape), `${ANSWER}: found `);
  }
});

Deno.test("payload: an error of any other shape is refused", () => {
  const shapes: Parameters<typeof encode>[0][] = [
    null,
    false,
    3,
    "DivisionByZero",
    Uint8Array.of(0x33),
    [],
    ["DivisionByZero", "Division by zero"],
    {},
    { name: "DivisionByZero" },
    { message: "Division by zero" },
    { name: 1, message: "Division by zero" },
    { name: "DivisionByZero", message: null },
    { name: ["DivisionByZero"], message: "Division by zero" },
    { Name: "DivisionByZero", Message: "Division by zero" },
  ];
  for (const shape of shapes) {
    assertRefused(decodeReport, encode(shape), `${REPORT}: found `);
  }
});

Deno.test("payload: an empty payload is refused", () => {
  for (const [decoder, expected] of DECODERS) {
    assertRefused(decoder, new Uint8Array(), `${expected}: found nothing`);
  }
});

Deno.test("payload: a payload that is cut off anywhere is refused", () => {
  for (const [decoder, expected, payload] of DECODERS) {
    for (let length = 1; length < payload.length; length++) {
      const found = `found ${length} bytes that are not one MessagePack value`;
      const part = payload.subarray(0, length);
      assertRefused(decoder, part, `${expected}: ${found}`);
    }
  }
});

Deno.test("payload: bytes after the value are refused", () => {
  for (const [decoder, expected, payload] of DECODERS) {
    for (const more of [Uint8Array.of(0), Uint8Array.of(0xc0), payload]) {
      assertRefused(decoder, Uint8Array.of(...payload, ...more), expected);
    }
  }
});

Deno.test("payload: bytes that are no value of the protocol are refused", () => {
  const payloads = {
    "a type that MessagePack never uses": "c1",
    "an extension": "d40101",
    "a time": "d6ff00000000",
    "a whole number of 64 bits": "cfffffffffffffffff",
    "a string that claims 4 GiB": "dbffffffff61",
    "binary data that claims 4 GiB": "c6ffffffff61",
    "an array that claims 2 ** 32 - 1 entries": "ddffffffffa161",
    "a map that claims 2 ** 32 - 1 entries": "dfffffffffa161a162",
    "a map whose keys are no strings": "81c0a161",
    "a pickle of the reference": "80049507000000000000004b065d9486942e",
  };
  for (const [decoder, expected] of DECODERS) {
    for (const payload of Object.values(payloads)) {
      assertRefused(decoder, Uint8Array.fromHex(payload), expected);
    }
  }
});

Deno.test("payload: arrays as deep as a frame allows are refused, not overflowed by", () => {
  for (const [decoder, expected] of DECODERS) {
    assertRefused(decoder, new Uint8Array(65_523).fill(0x91), expected);
  }
});

Deno.test("messagePack: an answer is written as by the package, whatever its lengths", () => {
  const lengths = [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536];
  const answers = [
    ...lengths.map((length) => ({ result: "1".repeat(length), steps: [] })),
    ...lengths.map((length) => ({ result: "1", steps: ["2".repeat(length)] })),
    ...lengths.map((count) => ({ result: "1", steps: Array(count).fill("2") })),
    { result: "π", steps: ["1", "√2"] },
  ];
  for (const { result, steps } of answers) {
    const written = encodeAnswer({ result, steps });
    assertEquals(written.toHex(), encode([result, steps]).toHex());
  }
  fc.assert(fc.property(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.array(fc.string({ maxLength: 40 }), { maxLength: 20 }),
    (result, steps) =>
      assertEquals(
        encodeAnswer({ result, steps }).toHex(),
        encode([result, steps]).toHex(),
      ),
  ));
});
