import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  Frame,
  type Header,
  HEADER_LENGTH,
  MAX_PAYLOAD_LENGTH,
  ProtocolError,
} from "../../lib/protocol/mod.ts";
import vectors from "../fixtures/vectors.json" with { type: "json" };

/** The header of twelve bytes that are 0 except for the length. */
const ZEROS: Header = {
  timeStamp: 0,
  type: "response",
  cache: false,
  steps: false,
  status: 0,
  maxAge: 0,
};

const NO_PAYLOAD = new Uint8Array();

/** The fields as plain properties, so that two headers can be compared. */
function fields(
  { timeStamp, type, cache, steps, status, maxAge }: Header,
): Header {
  return { timeStamp, type, cache, steps, status, maxAge };
}

function read(hex: string): Header {
  return fields(new Frame(Uint8Array.fromHex(hex)));
}

function write(header: Header): string {
  return Frame.from(header, NO_PAYLOAD).bytes.toHex();
}

/** A header of zeros except for these bits: 0 is the first on the wire. */
function headerWith(...bits: number[]): string {
  const bytes = new Uint8Array(12);
  bytes[5] = 12;
  for (const bit of bits) {
    bytes[bit >> 3] = bytes[bit >> 3]! | 0x80 >> (bit & 7);
  }
  return bytes.toHex();
}

/** The layout: what each bit says when it is the only one. */
const LAYOUT: [first: number, last: number, (weight: number) => object][] = [
  [0, 31, (weight) => ({ timeStamp: weight })],
  [51, 51, () => ({ cache: true })],
  [52, 52, () => ({ steps: true })],
  [53, 53, () => ({ type: "request" })],
  [54, 63, (weight) => ({ status: weight })],
];
const CACHE_BIT = 51;
const MAX_AGE_BITS = range(64, 79);
const IGNORED_BITS = [...range(48, 50), ...range(80, 95)];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const aHeader: fc.Arbitrary<Header> = fc.record({
  timeStamp: fc.nat({ max: 2 ** 32 - 1 }),
  type: fc.constantFrom("request", "response"),
  cache: fc.boolean(),
  steps: fc.boolean(),
  status: fc.nat({ max: 1023 }),
  maxAge: fc.oneof(fc.nat({ max: 65_534 }), fc.constant(Infinity)),
});

Deno.test("frame: each bit has its place in the header", () => {
  for (const [first, last, meaning] of LAYOUT) {
    for (const bit of range(first, last)) {
      const header = { ...ZEROS, ...meaning(2 ** (last - bit)) };
      assertEquals(read(headerWith(bit)), header, `reading bit ${bit}`);
      assertEquals(write(header), headerWith(bit), `writing bit ${bit}`);
    }
  }
});

Deno.test("frame: each bit of the max-age has its place, if the cache bit is on", () => {
  for (const bit of MAX_AGE_BITS) {
    const header = { ...ZEROS, cache: true, maxAge: 2 ** (79 - bit) };
    const hex = headerWith(CACHE_BIT, bit);
    assertEquals(read(hex), header, `reading bit ${bit}`);
    assertEquals(write(header), hex, `writing bit ${bit}`);
  }
});

Deno.test("frame: reserved bits and padding are ignored", () => {
  for (const bit of IGNORED_BITS) {
    assertEquals(read(headerWith(bit)), ZEROS, `bit ${bit}`);
  }
});

Deno.test("frame: without the cache bit, max-age is read as 0", () => {
  for (const bit of MAX_AGE_BITS) {
    assertEquals(read(headerWith(bit)), ZEROS, `bit ${bit}`);
  }
  assertEquals(read(headerWith(...MAX_AGE_BITS)), ZEROS);
});

Deno.test("frame: without the cache bit, max-age is written as 0", () => {
  for (const maxAge of [0, 1, 60, 65_534, Infinity]) {
    assertEquals(write({ ...ZEROS, maxAge }), headerWith());
  }
});

Deno.test("frame: every field is written and read at its limits", () => {
  const cases: [hex: string, header: Header][] = [
    ["00000000000c000000000000", ZEROS],
    ["ffffffff000c000000000000", { ...ZEROS, timeStamp: 2 ** 32 - 1 }],
    ["00000000000c03ff00000000", { ...ZEROS, status: 1023 }],
    ["00000000000c100000000000", { ...ZEROS, cache: true, maxAge: 0 }],
    ["00000000000c100000010000", { ...ZEROS, cache: true, maxAge: 1 }],
    ["00000000000c1000fffe0000", { ...ZEROS, cache: true, maxAge: 65_534 }],
    ["00000000000c1000ffff0000", { ...ZEROS, cache: true, maxAge: Infinity }],
    ["ffffffff000c1fffffff0000", {
      timeStamp: 2 ** 32 - 1,
      type: "request",
      cache: true,
      steps: true,
      status: 1023,
      maxAge: Infinity,
    }],
  ];
  for (const [hex, header] of cases) {
    assertEquals(read(hex), header);
    assertEquals(write(header), hex);
  }
});

Deno.test("frame: a field that does not fit is refused by name", () => {
  const cases: Record<string, [most: number, make: (n: number) => Header]> = {
    "time stamp": [2 ** 32 - 1, (timeStamp) => ({ ...ZEROS, timeStamp })],
    "status": [1023, (status) => ({ ...ZEROS, status })],
    // 65535 means no limit, which is written as Infinity.
    "max-age": [65_534, (maxAge) => ({ ...ZEROS, cache: true, maxAge })],
  };
  const zeros = Frame.from(ZEROS, new Uint8Array());
  for (const [name, [most, make]] of Object.entries(cases)) {
    for (const value of [-1, 0.5, most + 1, NaN, -Infinity]) {
      const { message } = assertThrows(() => write(make(value)), RangeError);
      const range = name === "max-age" ? `${most} or Infinity` : most;
      assertEquals(
        message,
        `The ${name} of a frame must be a whole number from 0 to ${range}: received ${value}`,
      );
      assertThrows(() => zeros.with(make(value)), RangeError, message);
    }
  }
  assertThrows(() => write({ ...ZEROS, timeStamp: Infinity }), RangeError);
  assertThrows(() => write({ ...ZEROS, status: Infinity }), RangeError);
});

Deno.test("frame: fewer bytes than a header are no frame", () => {
  for (let length = 0; length < 12; length++) {
    // Even where there is a length field, and it is right.
    const bytes = new Uint8Array(length).fill(length, 5);
    assertThrows(
      () => new Frame(bytes),
      ProtocolError,
      `expected a frame of at least 12 bytes: found ${length}`,
    );
  }
});

Deno.test("frame: a length field below 12 is impossible", () => {
  for (let length = 0; length < 12; length++) {
    const bytes = new Uint8Array(12);
    bytes[5] = length;
    assertThrows(() => new Frame(bytes), ProtocolError, `found ${length}`);
  }
});

Deno.test("frame: the length field must be the number of bytes", () => {
  const cases: [says: string, bytes: number][] = [
    ["000d", 12],
    ["000c", 13],
    ["0100", 12],
    ["010c", 12],
    ["ffff", 65_534],
    ["000c", 65_536 + 12],
  ];
  for (const [says, length] of cases) {
    const bytes = new Uint8Array(length);
    bytes.set(Uint8Array.fromHex(says), 4);
    assertThrows(
      () => new Frame(bytes),
      ProtocolError,
      `says ${parseInt(says, 16)} bytes: found ${length}`,
    );
  }
});

Deno.test("frame: a payload of 65,523 bytes fits", () => {
  const payload = new Uint8Array(65_523).fill(0xa5);
  const { bytes } = Frame.from(ZEROS, payload);
  assertEquals(bytes.length, 65_535);
  assertEquals(bytes.subarray(4, 6).toHex(), "ffff");
  assertEquals(new Frame(bytes).payload, payload);
});

Deno.test("frame: a payload of 65,524 bytes is too large", () => {
  const error = assertThrows(
    () => Frame.from(ZEROS, new Uint8Array(65_524)),
    ProtocolError,
    "at most 65523 bytes: found 65524",
  );
  assertEquals(error.name, "TooLarge");
});

Deno.test("frame: the constructor does not copy the bytes, from() does", () => {
  const bytes = Uint8Array.fromHex("00000000000d000000000000" + "01");
  const frame = new Frame(bytes);
  assertStrictEquals(frame.bytes, bytes);
  assertStrictEquals(frame.payload.buffer, bytes.buffer);

  const payload = Uint8Array.of(1);
  const made = Frame.from(ZEROS, payload);
  payload[0] = 2;
  assertEquals(made.payload, Uint8Array.of(1));
});

Deno.test("frame: a copy is equal and independent of the buffer of the original", () => {
  for (const length of [0, 1, 115, 116, 117, 1_024, MAX_PAYLOAD_LENGTH]) {
    const original = Frame.from(ZEROS, new Uint8Array(length).fill(7));
    const copy = original.copy();
    assertEquals(copy.bytes, original.bytes);
    original.bytes.fill(255);
    assertEquals(copy.bytes.length, HEADER_LENGTH + length);
    assertEquals(fields(copy), ZEROS);
    assertEquals(copy.payload, new Uint8Array(length).fill(7));
    copy.bytes.fill(9);
    assertEquals(original.bytes, new Uint8Array(copy.bytes.length).fill(255));
  }
});

Deno.test("frame: copies do not overlap", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 150 }));
  fc.assert(fc.property(lengths, (lengths) => {
    const copies = lengths.map((length, index) => {
      const payload = new Uint8Array(length).fill(index);
      return Frame.from({ ...ZEROS, timeStamp: index }, payload).copy();
    });
    for (const [index, copy] of copies.entries()) {
      const length = lengths[index];
      assert(length !== undefined);
      assertEquals(fields(copy), { ...ZEROS, timeStamp: index });
      assertEquals(copy.payload, new Uint8Array(length).fill(index));
    }
  }));
});

Deno.test("frame: a frame may be a part of a larger buffer", () => {
  const hex = "638f6081" + "000e" + "1c00" + "003c" + "0000" + "a137";
  const buffer = Uint8Array.fromHex("ffff" + hex + "ffff");
  const frame = new Frame(buffer.subarray(2, -2));
  assertEquals(fields(frame), {
    timeStamp: 0x638f6081,
    type: "request",
    cache: true,
    steps: true,
    status: 0,
    maxAge: 60,
  });
  assertEquals(frame.payload, Uint8Array.of(0xa1, 0x37));
});

Deno.test("frame: any header written is read back", () => {
  const aPayload = fc.uint8Array({ size: "large" });
  fc.assert(fc.property(aHeader, aPayload, (header, payload) => {
    const frame = new Frame(Frame.from(header, payload).bytes.slice());
    const maxAge = header.cache ? header.maxAge : 0;
    assertEquals(fields(frame), { ...header, maxAge });
    assertEquals(frame.payload, payload);
  }));
});

Deno.test("frame: any header read is written back, with reserved bits and padding 0", () => {
  const twelveBytes = fc.uint8Array({ minLength: 12, maxLength: 12 });
  fc.assert(fc.property(twelveBytes, fc.uint8Array(), (header, payload) => {
    const bytes = Uint8Array.of(...header, ...payload);
    new DataView(bytes.buffer).setUint16(4, bytes.length);
    const frame = new Frame(bytes);

    const expected = bytes.slice();
    expected[6] = expected[6]! & 0b0001_1111;
    if (!frame.cache) expected.fill(0, 8, 10);
    expected.fill(0, 10, 12);
    assertEquals(Frame.from(frame, frame.payload).bytes, expected);
  }));
});

Deno.test("frame: with() changes the fields given and keeps the others", () => {
  const changes = fc.record({
    timeStamp: fc.option(fc.nat(), { nil: undefined }),
    type: fc.constantFrom("request", "response", undefined),
    cache: fc.option(fc.boolean(), { nil: undefined }),
    steps: fc.option(fc.boolean(), { nil: undefined }),
    status: fc.option(fc.nat(1023), { nil: undefined }),
    maxAge: fc.option(fc.nat(65_534), { nil: undefined }),
  }, { requiredKeys: [] });
  fc.assert(fc.property(
    aHeader,
    fc.uint8Array(),
    changes,
    (header, payload, changes) => {
      const frame = Frame.from(header, payload);
      const before = frame.bytes.slice();
      const given = Object.fromEntries(
        Object.entries(changes).filter(([, value]) => value !== undefined),
      );
      const changed = frame.with(changes);
      assertEquals(
        changed.bytes,
        Frame.from({ ...fields(frame), ...given }, payload).bytes,
      );
      changed.bytes.fill(255);
      assertEquals(frame.bytes, before);
    },
  ));
});

// The reference's payloads are Python pickles: only its framing is of use here.

Deno.test("frame: the headers of the reference's requests are read", () => {
  let count = 0;
  for (const { request, flags } of vectors) {
    if (request === undefined) continue;
    const { steps, cache, maxAge } = flags ??
      { steps: true, cache: true, maxAge: 65_535 };
    assertEquals(read(request), {
      timeStamp: 0x638f6081,
      type: "request",
      cache,
      steps,
      status: 0,
      maxAge: maxAge === 65_535 ? Infinity : maxAge,
    });
    count++;
  }
  assert(count > 70);
});

Deno.test("frame: the headers of the reference's responses are read", () => {
  let count = 0;
  for (const { response, status, steps, error } of vectors) {
    if (response === undefined || status === undefined) continue;
    // The one answer that the reference makes without the cache bit.
    const isFromProxy = error?.type === "CalculatorServerError";
    assertEquals(read(response), {
      timeStamp: 0x638f6081,
      type: "response",
      cache: !isFromProxy,
      steps: steps !== undefined && steps.length > 0,
      status,
      maxAge: isFromProxy ? 0 : Infinity,
    });
    count++;
  }
  assert(count > 70);
});

Deno.test("frame: the reference's fields and payload give the reference's bytes", () => {
  for (const { request, response } of vectors) {
    for (const hex of [request, response]) {
      if (hex === undefined) continue;
      const frame = new Frame(Uint8Array.fromHex(hex));
      const payload = Uint8Array.fromHex(hex.slice(24));
      assert(payload.length > 0 && payload.length <= MAX_PAYLOAD_LENGTH);
      assertEquals(Frame.from(fields(frame), payload).bytes.toHex(), hex);
    }
  }
});
