import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  annotate,
  encodeClientError,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
  pickle,
} from "../../lib/message/mod.ts";
import { OP } from "../../lib/message/pickle/opcodes.ts";
import { Frame, type Header, HEADER_LENGTH } from "../../lib/protocol/mod.ts";

/** A request that asks for nothing in particular. */
const REQUEST: Header = {
  timeStamp: 1_670_340_737,
  type: "request",
  cache: true,
  steps: true,
  status: 0,
  maxAge: Infinity,
};

const RESPONSE: Header = { ...REQUEST, type: "response", status: 200 };

/** The annotations of a header by field. */
function headerOf(bytes: string | Frame): Record<string, string> {
  const frame = typeof bytes === "string"
    ? new Frame(Uint8Array.fromHex(bytes.replaceAll(" ", "")))
    : bytes;
  return Object.fromEntries(
    [...annotate(frame)].filter(({ at }) => at < HEADER_LENGTH)
      .map(({ field, value }) => [field, value]),
  );
}

/** The annotations of a payload, a line for each. */
function payloadOf(frame: Frame): string[] {
  return [...annotate(frame)].filter(({ at }) => at >= HEADER_LENGTH)
    .map(({ at, length, field, value }) =>
      `${at - HEADER_LENGTH}+${length} ${field}: ${value}`
    );
}

function ofHex(header: Header, hex: string): string[] {
  const payload = Uint8Array.fromHex(hex.replaceAll(" ", ""));
  return payloadOf(Frame.from(header, payload));
}

Deno.test("annotate: the header of a request", () => {
  assertEquals(headerOf("638f6081 000c 1c00 003c 0000"), {
    "time stamp": "1,670,340,737 (2022-12-06T15:32:17Z)",
    length: "12 bytes",
    reserved: "000",
    cache: "1 (may be cached)",
    steps: "1 (include them)",
    type: "1 (a request)",
    status: "00 00000000 = 0",
    "max-age": "60 s",
    padding: "0",
  });
});

Deno.test("annotate: the header of a response", () => {
  assertEquals(headerOf("00000000 000c 08c8 0000 0000"), {
    "time stamp": "0 (1970-01-01T00:00:00Z)",
    length: "12 bytes",
    reserved: "000",
    cache: "0 (must not be cached)",
    steps: "1 (included)",
    type: "0 (a response)",
    status: "00 11001000 = 200 (success)",
    "max-age": "0 s",
    padding: "0",
  });
});

Deno.test("annotate: what a reader of the header ignores is said to be ignored", () => {
  const request = headerOf("00000000 000c a590 003c 0001");
  assertEquals(
    [request.reserved, request.status, request["max-age"], request.padding],
    [
      "101 (ignored)",
      "01 10010000 = 400 (client error) (ignored)",
      "60 s (ignored)",
      "1 (ignored)",
    ],
  );
});

Deno.test("annotate: statuses have their names, if they have a meaning", () => {
  const statusOf = (status: number) =>
    headerOf(Frame.from({ ...RESPONSE, status }, new Uint8Array())).status;
  assertEquals([499, 500, 600, 1023].map(statusOf), [
    "01 11110011 = 499 (client error)",
    "01 11110100 = 500 (server error)",
    "10 01011000 = 600",
    "11 11111111 = 1023",
  ]);
});

Deno.test("annotate: the expression of a request", () => {
  assertEquals(payloadOf(encodeRequest("2 × 3")), [
    "0+1 expression: string of 6 bytes",
    "1+6 text: 2 × 3",
  ]);
});

Deno.test("annotate: the result and the steps of a success", () => {
  const answer = { result: "3", steps: ["1 + 2", "3"] };
  assertEquals(payloadOf(encodeSuccess(answer)), [
    "0+1 payload: array of 2",
    "1+1 result: string of 1 byte",
    "2+1 text: 3",
    "3+1 steps: array of 2",
    "4+1 step: string of 5 bytes",
    "5+5 text: 1 + 2",
    "10+1 step: string of 1 byte",
    "11+1 text: 3",
  ]);
});

Deno.test("annotate: keys and values of an error", () => {
  const report = { name: "A", message: "", position: 300 };
  assertEquals(payloadOf(encodeClientError(report)), [
    "0+1 payload: map of 3",
    "1+1 key: string of 4 bytes",
    "2+4 text: name",
    "6+1 value: string of 1 byte",
    "7+1 text: A",
    "8+1 key: string of 7 bytes",
    "9+7 text: message",
    "16+1 value: string of 0 bytes",
    "17+1 key: string of 8 bytes",
    "18+8 text: position",
    "26+3 value: integer 300",
  ]);
});

Deno.test("annotate: values of every kind, wherever they are", () => {
  assertEquals(
    ofHex(
      RESPONSE,
      "93 c0 92 c3 81 cb bff0000000000000 d0ff 92 cf ffffffffffffffff c402dead d40500",
    ).slice(0, 9),
    [
      "0+1 payload: array of 3",
      "1+1 result: nil",
      "2+1 steps: array of 2",
      "3+1 step: boolean true",
      "4+1 step: map of 1",
      "5+9 key: float -1.0",
      "14+2 value: integer -1",
      "16+1 item: array of 2",
      "17+9 item: integer 18446744073709551615",
    ],
  );
  assertEquals(ofHex(REQUEST, "95 07 ff cd012c ca3fc00000 c2").slice(1), [
    "1+1 item: integer 7",
    "2+1 item: integer -1",
    "3+3 item: integer 300",
    "6+5 item: float 1.5",
    "11+1 item: boolean false",
  ]);
  assertEquals(ofHex(REQUEST, "93 c402dead d40500 dc0000"), [
    "0+1 payload: array of 3",
    "1+4 item: binary data of 2 bytes",
    "5+3 item: extension",
    "8+3 item: array of 0",
  ]);
});

Deno.test("annotate: an empty payload", () => {
  assertEquals(ofHex(RESPONSE, ""), ["0+0 payload: empty"]);
});

const BROKEN = "not one MessagePack value";

for (
  const [what, hex, expected] of [
    ["that ends too early", "92 a136", [
      "0+1 payload: array of 2",
      "1+1 item: string of 1 byte",
      "2+1 text: 6",
      "3+0 not decoded: the payload has 3 bytes that are " + BROKEN,
    ]],
    ["that ends too late", "07 07", [
      "0+1 payload: integer 7",
      "1+1 not decoded: the payload has 2 bytes that are " + BROKEN,
    ]],
    ["with a byte that is never used", "c1", [
      "0+1 not decoded: the payload has 1 bytes that are " + BROKEN,
    ]],
    ["with a string that is not UTF-8", "92 a1ff a0", [
      "0+1 payload: array of 2",
      "1+3 not decoded: the payload has a string that is not UTF-8",
    ]],
    ["that is a pickle with another opcode", "8004 4b07 52 69 2e", [
      "0+2 PROTO: protocol 4",
      "2+2 BININT1: push 7",
      "4+1 REDUCE: a call, which is never made",
      "5+2 not decoded: an opcode that is not used here, 0x69",
    ]],
    ["that is a pickle without its end", "8004 8c 05 61", [
      "0+2 PROTO: protocol 4",
      "2+3 not decoded: the pickle ends too early",
    ]],
    ["that is a pickle with bytes after it", "8004 4e 2e 00", [
      "0+2 PROTO: protocol 4",
      "2+1 NONE: push None",
      "3+1 STOP: the end",
      "4+1 not decoded: bytes after STOP",
    ]],
    ["that is a pickle with text that is not UTF-8", "8004 8c 01 ff 2e", [
      "0+2 PROTO: protocol 4",
      "2+4 not decoded: text that is not UTF-8",
    ]],
    ["that is a pickle with half a name", "8004 63 6f 73 0a 78 2e", [
      "0+2 PROTO: protocol 4",
      "2+6 not decoded: a line without an end",
    ]],
  ] as const
) {
  Deno.test(`annotate: a payload ${what} is annotated as far as it decodes`, () => {
    assertEquals(ofHex(REQUEST, hex), [...expected]);
  });
}

Deno.test("annotate: an answer as a pickle", () => {
  const answer = { result: "3", steps: ["1 + 2", "3"] };
  assertEquals(payloadOf(encodeSuccess(answer, { format: pickle })), [
    "0+2 PROTO: protocol 4",
    "2+9 FRAME: 21 bytes to come",
    "11+2 BININT1: push 3",
    "13+1 EMPTY_LIST: push []",
    "14+1 MEMOIZE: keep as memo 0",
    "15+1 MARK: begin a group",
    "16+2 SHORT_BINUNICODE: push a string of 5 bytes",
    "18+5 text: 1 + 2",
    "23+1 MEMOIZE: keep as memo 1",
    "24+2 SHORT_BINUNICODE: push a string of 1 byte",
    "26+1 text: 3",
    "27+1 MEMOIZE: keep as memo 2",
    "28+1 APPENDS: append the group to the list",
    "29+1 TUPLE2: make a tuple of 2",
    "30+1 MEMOIZE: keep as memo 3",
    "31+1 STOP: the end",
  ]);
});

Deno.test("annotate: arguments of the opcodes of older pickles", () => {
  assertEquals(
    ofHex(
      REQUEST,
      "8002 636f730a780a 7102 7200010000 6802 6a00010000 " +
        "4affffffff 4d0102 473ff0000000000000 8a02ff7f 8a00 8b01000000fe " +
        "5802000000c3bc 8a11" + "00".repeat(17) + "2e",
    ).slice(1),
    [
      "2+1 GLOBAL: name a class or a function",
      "3+3 text: os\n",
      "6+2 text: x\n",
      "8+2 BINPUT: keep as memo 2",
      "10+5 LONG_BINPUT: keep as memo 256",
      "15+2 BINGET: push memo 2",
      "17+5 LONG_BINGET: push memo 256",
      "22+5 BININT: push -1",
      "27+3 BININT2: push 513",
      "30+9 BINFLOAT: push 1.0",
      "39+4 LONG1: push 32767",
      "43+2 LONG1: push 0",
      "45+6 LONG4: push -2",
      "51+5 BINUNICODE: push a string of 2 bytes",
      "56+2 text: ü",
      "58+19 LONG1: push an integer of 17 bytes",
      "77+1 STOP: the end",
    ],
  );
});

Deno.test("annotate: every opcode that the reader knows has its words", () => {
  for (const opcode of Object.values(OP)) {
    const payload = Uint8Array.of(0x80, 4, opcode, ...new Uint8Array(12));
    const [, second] = payloadOf(Frame.from(REQUEST, payload));
    assertEquals(second?.includes("is not used here"), false, second);
  }
});

Deno.test("annotate: whatever the bytes, they are annotated from the first to the last", () => {
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) =>
      Uint8Array.of(0x80, 4, ...bytes)
    ),
    // One bit of a good payload is different, or its end is missing.
    fc.tuple(
      fc.constantFrom(
        encodeRequest("max(2, 3) + 3", { format: pickle }),
        encodeSuccess({ result: "3", steps: ["1 + 2", "3"] }),
        encodeServerError({ name: "InternalError", message: "×" }),
      ),
      fc.nat(),
      fc.nat(7),
      fc.nat(400),
    ).map(([{ payload }, at, bit, end]) => {
      const bytes = payload.slice(0, end);
      if (bytes.length > 0) bytes[at % bytes.length]! ^= 1 << bit;
      return bytes;
    }),
  );
  fc.assert(fc.property(
    payloads,
    fc.uint8Array({ minLength: 12, maxLength: 12 }),
    (payload, header) => {
      const bytes = Uint8Array.of(...header, ...payload);
      new DataView(bytes.buffer).setUint16(4, bytes.length);
      const annotations = [...annotate(new Frame(bytes))];
      let end = 0;
      for (const { at, length } of annotations) {
        const isInHeader = at < HEADER_LENGTH;
        assertEquals(isInHeader ? at <= end : at === end, true, `at ${at}`);
        end = Math.max(end, at + length);
      }
      assertEquals(end, bytes.length);
    },
  ));
});
