import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
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

/** The entries `name: "A"` and `message: "B"` of a map. */
const NAME_A = "a46e616d65" + "a141";
const MESSAGE_B = "a76d657373616765" + "a142";

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

/** Text of any characters that Unicode has room for, most of them in use. */
const aText = fc.oneof(
  fc.string({ unit: "grapheme", size: "medium" }),
  fc.string({ unit: "binary", size: "medium" }),
);

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
  const position = "a8706f736974696f6e" + "05";
  const report = { name: "A", message: "B" };
  assertEquals(encodeReport(report).toHex(), `82${NAME_A}${MESSAGE_B}`);
  assertEquals(
    encodeReport({ ...report, position: undefined }).toHex(),
    `82${NAME_A}${MESSAGE_B}`,
  );
  assertEquals(
    encodeReport({ ...report, position: 5 }).toHex(),
    `83${NAME_A}${MESSAGE_B}${position}`,
  );
});

Deno.test("payload: an error object is a report of itself", () => {
  const error = new ProtocolError(
    "expected a frame of at least 12 bytes: found 5",
  );
  assertEquals(decodeReport(encodeReport(error)), {
    name: "ProtocolError",
    message: "expected a frame of at least 12 bytes: found 5",
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

Deno.test("payload: further entries of an error are ignored", () => {
  const entries = {
    "a string": "a468696e74" + "a161",
    "an array of all kinds": "a468696e74" + "98" + "c0c3" + "d0ff" +
      "ca3fc00000" + "cb3ff8000000000000" +
      "c40101" + "d40101" + "c7020100ff",
    "a map in a map": "a468696e74" + "81a16181a16290",
    "__proto__": "a95f5f70726f746f5f5f" + "81a46e616d65a158",
    "an integer as its key": "07" + "a161",
    "nil as its key": "c0" + "a161",
    "an array as its key": "92a46e616d6501" + "a161",
    "a map as its key": "81a46e616d65a158" + "a161",
    "a map with the names of the others": "a161" + "82" + NAME_A + MESSAGE_B,
    "a time": "a474696d65" + "d6ff00000000",
    "an empty key": "a0" + "a0",
  };
  for (const entry of Object.values(entries)) {
    for (
      const map of [
        `83${entry}${NAME_A}${MESSAGE_B}`,
        `83${NAME_A}${entry}${MESSAGE_B}`,
        `83${NAME_A}${MESSAGE_B}${entry}`,
      ]
    ) {
      assertEquals(decodeReport(Uint8Array.fromHex(map)), {
        name: "A",
        message: "B",
      });
    }
  }
  const deep = Uint8Array.fromHex(
    `83${NAME_A}${MESSAGE_B}a161${"91".repeat(60_000)}c0`,
  );
  assertEquals(decodeReport(deep), { name: "A", message: "B" });
});

Deno.test("payload: of entries of an error with the same key, the last one counts", () => {
  const named = `83${"a46e616d65" + "a158"}${MESSAGE_B}${NAME_A}`;
  assertEquals(decodeReport(Uint8Array.fromHex(named)).name, "A");
  assertRefused(
    decodeReport,
    Uint8Array.fromHex(`83${NAME_A}${MESSAGE_B}a46e616d6507`),
    `${REPORT}: found an integer as the name`,
  );
});

Deno.test("payload: a position may be an integer of any length, and is none if it is anything else", () => {
  const cases: [value: string, position: number | undefined][] = [
    ["05", 5],
    ["cc05", 5],
    ["cd0005", 5],
    ["ce00000005", 5],
    ["cf0000000000000005", 5],
    ["d005", 5],
    ["d10005", 5],
    ["d200000005", 5],
    ["d30000000000000005", 5],
    ["cfffffffffffffffff", undefined],
    ["ff", undefined],
    ["d3ffffffffffffffff", undefined],
    ["a135", undefined],
    ["c0", undefined],
  ];
  for (const [value, position] of cases) {
    const payload = Uint8Array.fromHex(
      `83${NAME_A}${MESSAGE_B}a8706f736974696f6e${value}`,
    );
    assertEquals(decodeReport(payload).position, position, value);
  }
});

Deno.test("payload: forms longer than necessary are read", () => {
  for (const header of ["d903", "da0003", "db00000003"]) {
    const text = `${header}312b32`;
    assertEquals(decodeExpression(Uint8Array.fromHex(text)), "1+2");
    for (
      const [two, one] of [["dc0002", "dc0001"], ["dd00000002", "dd00000001"]]
    ) {
      assertEquals(decodeAnswer(Uint8Array.fromHex(two + text + one + text)), {
        result: "1+2",
        steps: ["1+2"],
      });
    }
  }
  for (const two of ["de0002", "df00000002"]) {
    assertEquals(decodeReport(Uint8Array.fromHex(two + NAME_A + MESSAGE_B)), {
      name: "A",
      message: "B",
    });
  }
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

/** Bytes that are not UTF-8, by what is wrong with them. */
const NO_UTF8 = {
  "a byte that is never used": "ff",
  "Latin-1": "e9",
  "the continuation of nothing": "a0",
  "a continuation too many": "ceb180",
  "an overlong form of two bytes": "c0b1",
  "an overlong form of three bytes": "e080b1",
  "an overlong form of four bytes": "f08080b1",
  "a high surrogate": "eda080",
  "a low surrogate": "edb080",
  "two surrogates": "eda0bdedb880",
  "a character beyond Unicode": "f4908080",
  "half a character": "cf",
  "two thirds of a character": "e282",
  "three quarters of a character": "f09f98",
  "half a character before another": "cf31",
};

/** A MessagePack string with these bytes, alone or behind a sound character. */
function strings(hex: string): string[] {
  return [hex, `31${hex}`].map((bytes) =>
    (0xa0 | bytes.length / 2).toString(16) + bytes
  );
}

Deno.test("payload: text that is not UTF-8 is refused anywhere", () => {
  for (const text of Object.values(NO_UTF8).flatMap(strings)) {
    const cases: [typeof DECODERS[number][0], string, string[]][] = [
      [decodeExpression, EXPRESSION, [text]],
      [decodeAnswer, ANSWER, [
        `92${text}90`,
        `92a13191${text}`,
        `92a13192a131${text}`,
      ]],
      [decodeReport, REPORT, [
        `82a46e616d65${text}${MESSAGE_B}`,
        `82${NAME_A}a76d657373616765${text}`,
        `83${NAME_A}${MESSAGE_B}${text}01`,
        `83${NAME_A}${MESSAGE_B}01${text}`,
        `83${NAME_A}${MESSAGE_B}a16191${text}`,
        `83${NAME_A}${MESSAGE_B}a16181${text}01`,
      ]],
    ];
    for (const [decoder, expected, payloads] of cases) {
      for (const payload of payloads) {
        assertRefused(
          decoder,
          Uint8Array.fromHex(payload),
          `${expected}: found a string that is not UTF-8`,
        );
      }
    }
  }
});

Deno.test("payload: a string does not run into what follows it", () => {
  // A lenient decoder reads the string as "2ₐ", and takes the end for no steps.
  assertRefused(
    decodeAnswer,
    Uint8Array.fromHex("92" + "a332e282" + "90"),
    `${ANSWER}: found a string that is not UTF-8`,
  );
  for (const payload of ["92a13191a231", "92a131d90231", "92a131"]) {
    assertRefused(
      decodeAnswer,
      Uint8Array.fromHex(payload),
      `${ANSWER}: found ${payload.length / 2} bytes that are not one`,
    );
  }
});

Deno.test("payload: a byte order mark is a character like any other", () => {
  const text = "\ufeff1 + \ufeff2";
  assertEquals(decodeExpression(encodeExpression(text)), text);
  const answer = { result: text, steps: [text, "\ufeff"] };
  assertEquals(decodeAnswer(encodeAnswer(answer)), answer);
  const report = { name: text, message: "\ufeff" };
  assertEquals(decodeReport(encodeReport(report)), report);
});

Deno.test("payload: a lone surrogate is written as U+FFFD, as UTF-8 has none", () => {
  const [lone, written] = ["1 \ud83d + \ude00", "1 \ufffd + \ufffd"];
  assertEquals(decodeExpression(encodeExpression(lone)), written);
  assertEquals(
    decodeAnswer(encodeAnswer({ result: lone, steps: [lone] })),
    { result: written, steps: [written] },
  );
  assertEquals(
    decodeReport(encodeReport({ name: lone, message: lone })),
    { name: written, message: written },
  );
});

Deno.test("payload: any bytes are decoded or refused", () => {
  const head = fc.constantFrom("", "92", "92a131", "83", `83${NAME_A}`, "dd")
    .map((hex) => Uint8Array.fromHex(hex));
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 80 }), (head, bytes) => {
      const payload = Uint8Array.of(...head, ...bytes);
      for (const [decoder] of DECODERS) {
        try {
          decoder(payload);
        } catch (error) {
          assertInstanceOf(error, ProtocolError);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("payload: a text with any byte changed is refused or holds just these bytes", () => {
  const aUnicodeText = fc.string({
    unit: "binary",
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(fc.property(aUnicodeText, fc.nat(), (text, anyPlace) => {
    const payload = encodeExpression(text);
    const at = 1 + anyPlace % (payload.length - 1);
    for (let byte = 0; byte < 256; byte++) {
      payload[at] = byte;
      let decoded: string;
      try {
        decoded = decodeExpression(payload);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
        continue;
      }
      assertEquals(encodeExpression(decoded), payload);
    }
  }));
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
