import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  decodeRequest,
  decodeResponse,
  encodeClientError,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
  RemoteError,
} from "../lib/message/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { makeCaptures } from "../tools/captures.ts";
import { captureFile, type Packet } from "../tools/captures/capture_file.ts";
import { Relay } from "../tools/captures/relay.ts";
import { type Side, TcpConnection } from "../tools/captures/tcp_connection.ts";
import type { Endpoint } from "../tools/captures/tcp_packet.ts";
import { canCertify, Certified } from "../tools/harness/certificate.ts";
import { join } from "../tools/harness/join.ts";
import { RoleProcess } from "../tools/harness/role_process.ts";
import { dissect, type Fields, hasTshark, info, tshark } from "./tshark.ts";

const isMissing = {
  tshark: !await hasTshark(),
  openssl: !await canCertify(),
};

/** A test that needs a program, and says so where that is missing. */
function test(
  name: string,
  fn: () => Promise<void>,
  needed: (keyof typeof isMissing)[] = ["tshark"],
): void {
  const missing = needed.filter((program) => isMissing[program]);
  const ignore = missing.length > 0;
  const why = ignore ? ` (needs ${missing.join(" and ")})` : "";
  Deno.test({ name: `${name}${why}`, ignore, fn });
}

/** 2022-12-06T15:32:17Z, in seconds since 1970. */
const NOW = 1_670_340_737;

const CLIENT: Endpoint = { ip: [127, 0, 0, 1], port: 64_031 };
const SERVER: Endpoint = { ip: [127, 0, 0, 3], port: 9_999 };

/** The bytes of a frame, made at a given time. */
function at(timeStamp: number, { bytes }: Frame): Uint8Array {
  const moved = bytes.slice();
  new DataView(moved.buffer).setUint32(0, timeStamp);
  return moved;
}

/** The same bytes, with some of them replaced from an offset on. */
function patched(
  bytes: Uint8Array,
  offset: number,
  ...replacement: number[]
): Uint8Array {
  const copy = bytes.slice();
  copy.set(replacement, offset);
  return copy;
}

const SHORT = "max(2, 3) + 3";
const REQUEST = at(NOW, encodeRequest(SHORT));
const RESPONSE = at(
  NOW,
  encodeSuccess({ result: "6", steps: [SHORT, "3 + 3", "6"] }),
);

/** A frame of any header and payload, as hostile peers send it. */
function frame(word: number, maxAge: number, payload: Uint8Array): Uint8Array {
  const bytes = join(new Uint8Array(12), payload);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, NOW);
  view.setUint16(4, bytes.length);
  view.setUint16(6, word);
  view.setUint16(8, maxAge);
  return bytes;
}

const utf8 = new TextEncoder();

/** What one side sends at a time: a segment. */
type Sent = readonly [from: Side, bytes: Uint8Array];

/** The packets of a connection, a millisecond from one segment to the next. */
function connection(
  sent: readonly Sent[],
  { packets = [], client = CLIENT, server = SERVER }: {
    packets?: Packet[];
    client?: Endpoint;
    server?: Endpoint;
  } = {},
): Packet[] {
  const tcp = new TcpConnection(packets, client, server);
  let time = (packets.at(-1)?.time ?? NOW * 1_000_000) + 1_000;
  tcp.open(time);
  for (const [from, bytes] of sent) tcp.send(time += 1_000, from, bytes);
  tcp.close(time + 1_000, "client");
  return packets;
}

/** Several connections, each from a different port. */
function connections(each: readonly (readonly Sent[])[]): Packet[] {
  const packets: Packet[] = [];
  each.forEach((sent, index) => {
    const client = { ...CLIENT, port: 20_000 + index };
    connection(sent, { packets, client });
  });
  return packets;
}

/** Bytes in segments of a given length. */
function segments(from: Side, bytes: Uint8Array, length: number): Sent[] {
  const sent: Sent[] = [];
  for (let start = 0; start < bytes.length; start += length) {
    sent.push([from, bytes.subarray(start, start + length)]);
  }
  return sent;
}

/** What a pickle begins with. */
const PICKLE = 0x80;

/** What the fields of a frame must be, as our own code reads it. */
function expected(bytes: Uint8Array): Record<string, string[]> {
  const frame = new Frame(bytes);
  const { payload } = frame;
  const hex = payload.toHex().replaceAll(/..(?=.)/g, "$&:");
  const format = payload[0] === PICKLE ? "pickle" : "MessagePack";
  return {
    "calc.time_stamp": [`${frame.timeStamp}`],
    "calc.length": [`${bytes.length}`],
    "calc.cache": [frame.cache ? "1" : "0"],
    "calc.steps": [frame.steps ? "1" : "0"],
    "calc.type": [frame.type === "request" ? "1" : "0"],
    "calc.status": [`${frame.status}`],
    "calc.payload": payload.length > 0 ? [hex] : [],
    "calc.format": payload.length > 0 ? [format] : [],
    "calc.expression": [],
    "calc.result": [],
    "calc.step": [],
    "calc.error.name": [],
    "calc.error.message": [],
    "calc.error.position": [],
    ...(format === "pickle" ? {} : meaning(frame)),
  };
}

/** What a payload in MessagePack says; nothing if it does not decode. */
function meaning(frame: Frame): Record<string, string[]> {
  try {
    if (frame.type === "request") {
      return { "calc.expression": [shown(decodeRequest(frame))] };
    }
    const { result, steps } = decodeResponse(frame);
    return { "calc.result": [shown(result)], "calc.step": steps.map(shown) };
  } catch (error) {
    if (!(error instanceof RemoteError)) return {};
    const { name, message, position } = error;
    return {
      "calc.error.name": [shown(name)],
      "calc.error.message": [shown(message)],
      "calc.error.position": position === undefined ? [] : [`${position}`],
    };
  }
}

/** A text as tshark shows it, which knows no NUL in a string. */
function shown(text: string): string {
  return text.replaceAll("\0", "␀");
}

function assertShows(fields: Fields | undefined, bytes: Uint8Array): void {
  assert(fields, "as many frames as were sent");
  const wanted = expected(bytes);
  const found = Object.fromEntries(
    Object.keys(wanted).map((name) => [name, fields.get(name) ?? []]),
  );
  for (const flag of ["calc.cache", "calc.steps"]) {
    found[flag] = (found[flag] ?? []).map((value) => `${Number(isSet(value))}`);
  }
  assertEquals(found, wanted);
}

/** Whether a flag is set: later versions write `True`. */
function isSet(value: string): boolean {
  return /^(1|true)$/i.test(value);
}

/** The names of the expert items at a frame. */
function expertItems(fields: Fields | undefined): string[] {
  return [...fields?.keys() ?? []].flatMap((name) =>
    name.startsWith("calc.expert.") ? [name.slice("calc.expert.".length)] : []
  );
}

/** Expert items that say that a payload cannot be read. */
const UNREADABLE = ["payload", "utf8", "shape"];

async function sample(name: string): Promise<Uint8Array> {
  return await Deno.readFile(
    new URL(`../docs/captures/${name}.pcap`, import.meta.url),
  );
}

/** The payloads of the TCP segments in a capture of IPv4 packets without options. */
function payloads(capture: Uint8Array): Uint8Array[] {
  const view = new DataView(capture.buffer);
  const found: Uint8Array[] = [];
  for (let start = 24; start < capture.length;) {
    const end = start + 16 + view.getUint32(start + 8);
    found.push(capture.subarray(start + 16 + 20 + 20, end));
    start = end;
  }
  return found.filter(({ length }) => length > 0);
}

const LONG =
  "(sin(max(2, (3 * 4), 5, (6 * ((7 * 8) / 9)), (10 / 11))) / 12) * 13";
const LONG_RESULT = "-0.38748277824137206";

Deno.test("docs/captures: deno task captures makes the very same files", async () => {
  for (const [name, bytes] of await makeCaptures()) {
    const path = new URL(`../docs/captures/${name}`, import.meta.url);
    assertEquals(await Deno.readFile(path), bytes, name);
  }
});

const INFO: Record<string, string[]> = {
  direct: [
    ...[`Request ${LONG}`, `Response 200 = ${LONG_RESULT}`],
    ...[`Request ${LONG}`, `Response 200 = ${LONG_RESULT}`],
    ...[`Request ${SHORT}`, "Response 200 = 6"],
  ],
  proxy: [
    ...[`Request ${LONG}`, `Request ${LONG}`],
    `Response 200 = ${LONG_RESULT}`,
    `Response 200 = ${LONG_RESULT}`,
    ...[`Request ${LONG}`, `Response 200 = ${LONG_RESULT}, 3 s old`],
    ...[`Request ${SHORT}`, `Request ${SHORT}`],
    ...["Response 200 = 6", "Response 200 = 6"],
  ],
  "server-down": [
    ...[`Request ${LONG}`, `Request ${LONG}`],
    `Response 200 = ${LONG_RESULT}`,
    `Response 200 = ${LONG_RESULT}`,
    ...[`Request ${LONG}`, `Response 200 = ${LONG_RESULT}, 3 s old`],
    `Request ${SHORT}`,
    "Response 500 ProxyError: Internal proxy error: Connection refused by server and the request was not in the cache or was stale",
  ],
  pickle: [
    ...["Request (pickle, 675 bytes)", "Response 200 (pickle, 552 bytes)"],
    ...["Request (pickle, 675 bytes)", "Response 200 (pickle, 552 bytes)"],
    ...["Request (pickle, 364 bytes)", "Response 200 (pickle, 48 bytes)"],
  ],
};

for (const [name, lines] of Object.entries(INFO)) {
  test(`docs/captures/${name}.pcap: the info column tells the run`, async () => {
    assertEquals(await info(await sample(name)), lines);
  });

  test(`docs/captures/${name}.pcap: every field is as our own code reads it`, async () => {
    const capture = await sample(name);
    const frames = await dissect(capture);
    assertEquals(frames.length, lines.length);
    payloads(capture).forEach((bytes, index) => {
      assertShows(frames[index], bytes);
      assertEquals(expertItems(frames[index]), []);
    });
  });
}

test("dissector: requests and responses are linked, with time and age", async () => {
  const frames = await dissect(await sample("proxy"));
  const links = frames.map((fields) =>
    ["response_in", "response_to", "time", "age"].map((name) =>
      fields.get(`calc.${name}`)?.[0]
    )
  );
  const none = undefined;
  assertEquals(links, [
    ["17", none, none, none],
    ["11", none, none, none],
    [none, "9", "0.001440000", "0"],
    [none, "4", "0.002770000", "0"],
    ["28", none, none, none],
    [none, "26", "0.000230000", "3"],
    ["50", none, none, none],
    ["44", none, none, none],
    [none, "42", "0.001440000", "0"],
    [none, "37", "0.002770000", "0"],
  ]);
});

/** A request with some text in it, and the answer to it. */
function exchange(text: string, steps: number): [Uint8Array, Uint8Array] {
  const answer = { result: text, steps: Array(steps).fill(text) };
  return [at(NOW, encodeRequest(text)), at(NOW, encodeSuccess(answer))];
}

const [HUGE_REQUEST, HUGE_RESPONSE] = exchange("7".repeat(65_510), 0);
const [, STEPS_RESPONSE] = exchange("1234567", 8_000);
const PIPELINED = Array.from(
  { length: 16 },
  (_, index) => exchange(`${index} + é😀`, index % 3),
);
const REQUESTS = PIPELINED.map(([request]) => request);
const RESPONSES = PIPELINED.map(([, response]) => response);

/** The packets with two neighbours of those that carry data in the other order. */
function swapped(packets: readonly Packet[], first: number): Packet[] {
  const withData = packets.filter(({ bytes }) => bytes.length > 40);
  const [one, other] = withData.slice(first, first + 2);
  assert(one && other);
  return packets.map(({ time, bytes }) => {
    if (bytes === one.bytes) return { time, bytes: other.bytes };
    return { time, bytes: bytes === other.bytes ? one.bytes : bytes };
  });
}

/** The packets, each that carries data followed by itself. */
function repeated(packets: readonly Packet[]): Packet[] {
  return packets.flatMap((packet) =>
    packet.bytes.length > 40 ? [packet, packet] : [packet]
  );
}

const loopback: Endpoint["ip"] = [...Array(15).fill(0), 1];

/** The same frames, in all the ways in which TCP may carry them. */
const CARRIED: Record<string, [Packet[], Uint8Array[]]> = {
  "byte by byte": [
    connection([
      ...segments("client", REQUEST, 1),
      ...segments("server", RESPONSE, 1),
    ]),
    [REQUEST, RESPONSE],
  ],
  "over IPv6": [
    connection([["client", REQUEST], ["server", RESPONSE]], {
      client: { ip: loopback, port: 64_031 },
      server: { ip: loopback, port: 9_998 },
    }),
    [REQUEST, RESPONSE],
  ],
  "16 pipelined, one each in a segment": [
    connection([
      ...REQUESTS.map((bytes) => ["client", bytes] as const),
      ...RESPONSES.map((bytes) => ["server", bytes] as const),
    ]),
    [...REQUESTS, ...RESPONSES],
  ],
  "16 pipelined, all in a segment": [
    connection([["client", join(...REQUESTS)], ["server", join(...RESPONSES)]]),
    [...REQUESTS, ...RESPONSES],
  ],
  "16 pipelined, in segments of 17 bytes": [
    connection([
      ...segments("client", join(...REQUESTS), 17),
      ...segments("server", join(...RESPONSES), 17),
    ]),
    [...REQUESTS, ...RESPONSES],
  ],
  "16 pipelined, all answered in turn": [
    connection(PIPELINED.flatMap(([request, response]): Sent[] => [
      ["client", request],
      ["server", response],
    ])),
    PIPELINED.flat(),
  ],
  "64 KB in segments of 1,400 bytes": [
    connection([
      ...segments("client", HUGE_REQUEST, 1_400),
      ...segments("server", HUGE_RESPONSE, 1_400),
    ]),
    [HUGE_REQUEST, HUGE_RESPONSE],
  ],
  "8,000 steps in segments of 32,000 bytes": [
    connection([
      ["client", REQUEST],
      ...segments("server", STEPS_RESPONSE, 32_000),
    ]),
    [REQUEST, STEPS_RESPONSE],
  ],
  "out of order, whole frames": [
    swapped(
      connection([
        ["client", REQUESTS[0]!],
        ["client", REQUESTS[1]!],
        ["server", RESPONSES[0]!],
        ["server", RESPONSES[1]!],
      ]),
      0,
    ),
    [REQUESTS[0]!, REQUESTS[1]!, RESPONSES[0]!, RESPONSES[1]!],
  ],
  "out of order, the first bytes last": [
    swapped(
      connection([
        ...segments("client", REQUEST, 20),
        ["server", RESPONSE],
      ]),
      0,
    ),
    [REQUEST, RESPONSE],
  ],
  "out of order, 64 KB": [
    swapped(
      connection([
        ["client", REQUEST],
        ...segments("server", HUGE_RESPONSE, 1_400),
      ]),
      7,
    ),
    [REQUEST, HUGE_RESPONSE],
  ],
  "retransmitted, whole frames": [
    repeated(connection([["client", REQUEST], ["server", RESPONSE]])),
    [REQUEST, RESPONSE],
  ],
  "retransmitted, in pieces": [
    repeated(connection([
      ...segments("client", REQUEST, 9),
      ...segments("server", RESPONSE, 9),
    ])),
    [REQUEST, RESPONSE],
  ],
};

for (const [how, [packets, frames]] of Object.entries(CARRIED)) {
  test(`dissector: frames are found and linked ${how}`, async () => {
    const found = await dissect(packets);
    assertEquals(found.length, frames.length);
    frames.forEach((bytes, index) => assertShows(found[index], bytes));
    const linked = found.filter((fields) => fields.has("calc.response_to"));
    assertEquals(linked.length, frames.length / 2);
    assertEquals(found.flatMap(expertItems), []);
  });
}

test("dissector: pipelined responses belong to the requests in order", async () => {
  const found = await dissect(
    connection([
      ...REQUESTS.map((bytes) => ["client", bytes] as const),
      ...RESPONSES.map((bytes) => ["server", bytes] as const),
    ]),
  );
  // Of each two packets, the second acknowledges the first; three are the handshake.
  const linked = found.map((fields) =>
    fields.get("calc.response_in") ?? fields.get("calc.response_to")
  );
  assertEquals(
    linked,
    [...Array(32).keys()].map((index) => [`${4 + 2 * ((index + 16) % 32)}`]),
  );
});

test("dissector: a port that is used again begins a connection anew", async () => {
  const packets = connection([["client", REQUEST]]);
  const later = [["client", REQUEST], ["server", RESPONSE]] as const;
  const [unanswered, request, response] = await dissect(
    connection(later, { packets }),
  );
  assertEquals(unanswered?.get("calc.response_in"), undefined);
  assertEquals(response?.get("calc.response_to"), ["13"]);
  assertEquals(request?.get("calc.response_in"), ["15"]);
});

test("dissector: ports are a preference", async () => {
  const server = { ip: [127, 0, 0, 3], port: 7_777 };
  const packets = connection([["client", REQUEST], ["server", RESPONSE]], {
    server,
  });
  const lines = [`Request ${SHORT}`, "Response 200 = 6"];
  assertEquals(await info(packets), []);
  assertEquals(await info(packets, ["-o", "calc.ports:7000-7999"]), lines);
  assertEquals(await info(packets, ["-d", "tcp.port==7777,calc"]), lines);
});

/** A payload of some bytes. */
function bytesOf(...bytes: number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

const RAND = at(NOW, encodeRequest("rand(0, 1)"));
const BUSY = at(
  NOW,
  encodeServerError({ name: "Busy", message: "too many clients" }),
);
const FAILED = at(
  NOW,
  encodeClientError(
    { name: "TooDeep", message: "too deep", position: 7 },
    { cache: true },
  ),
);
const map = (...entries: number[][]) =>
  bytesOf(0x80 | entries.length, ...entries.flat());
const string = (text: string) => [0xa0 | text.length, ...utf8.encode(text)];
const UNFORTUNATE = [...string("name"), ...string("X")];
const BECAUSE = [...string("message"), ...string("y")];

/** What docs/protocol.md forbids: what is sent, and the items at the last frame. */
const FORBIDDEN: Record<string, [Sent[], string[]]> = {
  "an impossible length": [
    [["client", patched(REQUEST, 4, 0, 11)]],
    ["length"],
  ],
  "bytes after an impossible length": [
    [["client", patched(REQUEST, 4, 0, 0)], ["client", REQUEST]],
    ["lost"],
  ],
  "reserved bits": [[["client", patched(REQUEST, 6, 0x3c)]], ["reserved"]],
  padding: [[["client", patched(REQUEST, 11, 1)]], ["padding"]],
  "a max-age without C": [[["client", patched(REQUEST, 6, 0x0c)]], ["max_age"]],
  "a status in a request": [
    [["client", patched(REQUEST, 7, 200)]],
    ["status_in_request"],
  ],
  "a response where a request belongs": [[["client", RESPONSE]], ["direction"]],
  "a request where a response belongs": [
    [["client", REQUEST], ["server", REQUEST]],
    ["direction"],
  ],
  "a response to nothing": [[["server", RESPONSE]], ["unasked"]],
  "a second response": [
    [["client", REQUEST], ["server", RESPONSE], ["server", RESPONSE]],
    ["unasked"],
  ],
  "S without steps": [
    [["client", REQUEST], [
      "server",
      frame(0x18c8, 0, bytesOf(0x92, 0xa0, 0x90)),
    ]],
    ["steps"],
  ],
  "steps without S": [
    [["client", REQUEST], ["server", patched(RESPONSE, 6, 0x10)]],
    ["steps"],
  ],
  "steps that were not requested": [
    [["client", patched(REQUEST, 6, 0x14)], ["server", RESPONSE]],
    ["steps_unrequested"],
  ],
  "S in an error": [
    [["client", REQUEST], ["server", patched(FAILED, 6, 0x19)]],
    ["steps_in_error"],
  ],
  "C in a server error": [
    [["client", REQUEST], ["server", patched(BUSY, 6, 0x11)]],
    ["cached"],
  ],
  "C in the answer to rand": [[["client", RAND], ["server", RESPONSE]], [
    "cached",
  ]],
  "C in the answer to what does not decode": [
    [["client", frame(0x1c00, 0, bytesOf(0xc0))], ["server", FAILED]],
    ["cached"],
  ],
  "a status without a meaning": [
    [["client", REQUEST], ["server", frame(0x0064, 0, bytesOf(0xc0))]],
    ["status"],
  ],
  "no payload": [[["client", frame(0x1c00, 0, bytesOf())]], ["payload"]],
  "a payload that ends too early": [
    [["client", frame(0x1c00, 0, bytesOf(0xa2, 0x37))]],
    ["payload"],
  ],
  "a payload that ends too late": [
    [["client", frame(0x1c00, 0, bytesOf(0xa1, 0x37, 0x37))]],
    ["payload"],
  ],
  "a claim of 4 billion items": [
    [["client", frame(0x1c00, 0, bytesOf(0xdd, 0xff, 0xff, 0xff, 0xff))]],
    ["payload"],
  ],
  "a byte that MessagePack never uses": [
    [["client", frame(0x1c00, 0, bytesOf(0xc1))]],
    ["payload"],
  ],
  "UTF-8 that is cut off": [
    [["client", frame(0x1c00, 0, bytesOf(0xa2, 0x37, 0xc3))]],
    ["utf8"],
  ],
  "an overlong form in UTF-8": [
    [["client", frame(0x1c00, 0, bytesOf(0xa2, 0xc0, 0x80))]],
    ["utf8"],
  ],
  "a surrogate in UTF-8": [
    [["client", frame(0x1c00, 0, bytesOf(0xa3, 0xed, 0xa0, 0x80))]],
    ["utf8"],
  ],
  "a request of another shape": [
    [["client", frame(0x1c00, 0, bytesOf(0x91, 0xa1, 0x37))]],
    ["shape"],
  ],
  "an answer of another shape": [
    [["client", REQUEST], [
      "server",
      frame(0x10c8, 0, bytesOf(0x92, 0x06, 0x90)),
    ]],
    ["shape"],
  ],
  "an error without a message": [
    [["client", REQUEST], ["server", frame(0x0190, 0, map(UNFORTUNATE))]],
    ["shape"],
  ],
  "a longer form of a string": [
    [["client", frame(0x1c00, 0, bytesOf(0xd9, 0x01, 0x37))]],
    ["long_form"],
  ],
  "a longer form of an integer": [
    [["client", REQUEST], [
      "server",
      frame(
        0x0190,
        0,
        map(UNFORTUNATE, BECAUSE, [...string("position"), 0xcc, 7]),
      ),
    ]],
    ["long_form"],
  ],
  "a negative position": [
    [["client", REQUEST], [
      "server",
      frame(
        0x0190,
        0,
        map(UNFORTUNATE, BECAUSE, [...string("position"), 0xff]),
      ),
    ]],
    ["position"],
  ],
  "an answer in another format": [
    [["client", frame(0x1c00, 0, bytesOf(0x80, 4))], ["server", RESPONSE]],
    ["other_format"],
  ],
};

test("dissector: what docs/protocol.md forbids has an expert item", async () => {
  const found = await dissect(
    connections(Object.values(FORBIDDEN).map(([sent]) => sent)),
  );
  let next = 0;
  for (const [what, [sent, items]] of Object.entries(FORBIDDEN)) {
    next += sent.length;
    assertEquals([what, expertItems(found[next - 1])], [what, items]);
  }
  assertEquals(next, found.length);
});

test("dissector: errors that may come unasked have no expert item", async () => {
  const cut = { name: "ProtocolError", message: "16 of 24 bytes came" };
  const found = await dissect(connections([
    [["server", BUSY]],
    [["server", at(NOW, encodeClientError(cut))]],
  ]));
  assertEquals(found.flatMap(expertItems), []);
});

test("dissector: an error is told by name, message and position", async () => {
  const packets = connection([["client", REQUEST], ["server", FAILED]]);
  const [, error] = await dissect(packets);
  assertShows(error, FAILED);
  assertEquals(error?.get("calc.error.position"), ["7"]);
  assertEquals((await info(packets))[1], "Response 400 TooDeep: too deep");
});

test("dissector: of entries with the same key, the last one counts", async () => {
  const repeatedKey = frame(
    0x0190,
    0,
    map(UNFORTUNATE, BECAUSE, [0x01, 0xc0], [
      ...string("name"),
      ...string("Z"),
    ], [...string("position"), 0xcf, 0, 0x1f, ...Array(6).fill(0xff)]),
  );
  const [, error] = await dissect(
    connection([["client", REQUEST], ["server", repeatedKey]]),
  );
  assertShows(error, repeatedKey);
  assertEquals(error?.get("calc.error.name"), ["Z"]);
  assertEquals(error?.get("calc.error.position"), ["9007199254740991"]);
});

test("dissector: the info column has no control characters, and is not long", async () => {
  const hostile = "1\0\n\x1b[31m\x7f\x85\u202e\ufeff" + "é".repeat(400);
  const request = at(NOW, encodeRequest(hostile));
  const [line = ""] = await info(connection([["client", request]]));
  assertMatch(
    line,
    /^Request 1\\x00\\x0a\\x1b\[31m\\x7f\\x85\\u202e\\ufeffé+…$/,
  );
  assert(line.length < 300);
});

test("dissector: text that is no ASCII is shown as it is", async () => {
  const request = at(NOW, encodeRequest("π × 2 − \ufeff😀\0"));
  const [fields] = await dissect(connection([["client", request]]));
  assertShows(fields, request);
});

test("dissector: every byte may be damaged", async () => {
  const error = at(
    NOW,
    encodeClientError({ name: "TooDeep", message: "é", position: 300 }),
  );
  const damaged = ([["client", REQUEST], ["server", RESPONSE], [
    "server",
    error,
  ]] as const).flatMap(([from, bytes]) =>
    [0x01, 0x40, 0x80, 0xff].flatMap((mask) =>
      // The length is another test's.
      [...bytes.keys()].filter((index) => index < 4 || index > 5).map(
        (index) =>
          [from, patched(bytes, index, (bytes[index] ?? 0) ^ mask)] as const,
      )
    )
  );
  await assertReadAsWeDo(damaged);
});

test("dissector: any payload is read as our own code reads it", async () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: "grapheme", maxLength: 5 }).map((text) => {
        const bytes = utf8.encode(text);
        return [0xd9, bytes.length, ...bytes];
      }),
      fc.integer({ min: 0, max: 255 }).map((byte) => [byte]),
      fc.uint8Array({ minLength: 1, maxLength: 10 }).map((bytes) => [...bytes]),
      fc.array(tie("value"), { maxLength: 3 }).map((values) => [
        0x90 | values.length,
        ...values.flat(),
      ]),
      fc.array(tie("value"), { maxLength: 3 }).map((values) => [
        0x80 | values.length,
        ...values.flatMap((value) => [...string("name"), value].flat()),
      ]),
    ),
  })).value;
  const payload = fc.oneof(
    value,
    value.map((result) => [0x92, ...string("6"), 0x91, result].flat()),
    value.map((name) => [0x82, ...string("name"), name, ...BECAUSE].flat()),
    value.map((position) =>
      [
        ...map(UNFORTUNATE, BECAUSE, [...string("position")]),
        position,
      ].flat()
    ),
  ) as fc.Arbitrary<number[]>;
  const sent = fc.tuple(
    fc.constantFrom("client", "server"),
    fc.constantFrom(0x1c00, 0x18c8, 0x10c8, 0x1190, 0x01f4, 0x0000, 0xffff),
    payload,
  ).map(([from, word, bytes]): Sent => [
    from,
    frame(word, 0, Uint8Array.from(bytes)),
  ]);
  await assertReadAsWeDo(fc.sample(sent, 500));
});

/** Makes sure that frames, each in a connection to itself, are read as our own code reads them. */
async function assertReadAsWeDo(each: readonly Sent[]): Promise<void> {
  const found = await dissect(connections(each.map((sent) => [sent])));
  assertEquals(found.length, each.length);
  each.forEach(([, bytes], index) => {
    const fields = found[index];
    const items = expertItems(fields);
    // Steps that contradict the header are shown, though no client takes them.
    if (items.includes("steps")) return;
    assertShows(fields, bytes);
    const frame = new Frame(bytes);
    // Nothing says what a pickle holds, or a response without a meaning.
    if (items.includes("status") || frame.payload[0] === PICKLE) return;
    const isRead = !UNREADABLE.some((item) => items.includes(item));
    const isReadable = Object.keys(meaning(frame)).length > 0;
    assertEquals([bytes.toHex(), isRead], [bytes.toHex(), isReadable]);
  });
}

test("dissector: any length field will do", async () => {
  const lengths = [0, 1, 11, 12, 13, 25, 27, 255, 65_535];
  const packets = connections(lengths.map((length): Sent[] => [
    ["client", patched(REQUEST, 4, length >> 8, length & 0xff)],
    ["client", REQUEST],
  ]));
  const lines = await info(packets);
  assertEquals(lines.slice(0, 6), [
    ...["Impossible length 0", "Not a frame"],
    ...["Impossible length 1", "Not a frame"],
    ...["Impossible length 11", "Not a frame"],
  ]);
});

test("dissector: packets may be cut anywhere by the capture", async () => {
  const packets = connection([
    ...[...REQUESTS.slice(0, 4)].map((bytes) => ["client", bytes] as const),
    ["server", join(...RESPONSES.slice(0, 2))],
    ...segments("server", join(...RESPONSES.slice(2, 4)), 20),
  ]);
  for (let limit = 40; limit < 100; limit += 7) {
    await info(captureFile(packets, limit), ["-2", "-V"]);
  }
});

test("dissector: TLS is decrypted where its keys are given", async () => {
  await using certified = await Certified.make();
  const { cert, key } = certified.files;
  await using server = await RoleProcess.start("server", [
    ...["--tls-cert", cert, "--tls-key", key],
  ], { permissions: ["-N", "-R"] });
  const keys = await Deno.makeTempFile();
  const relay = new Relay(server.address);
  const openssl = new Deno.Command("openssl", {
    args: ["s_client", "-quiet", "-no_ign_eof", "-keylogfile", keys]
      .concat("-connect", `127.0.0.1:${relay.address.port}`),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = openssl.stdin.getWriter();
  await writer.write(Uint8Array.from(join(REQUEST, RAND)));
  const answer = openssl.stdout.getReader();
  await answer.read();
  await writer.close();
  answer.releaseLock();
  await openssl.stdout.cancel();
  await openssl.status;
  await relay[Symbol.asyncDispose]();
  const sent = (relay.exchanges[0]?.chunks ?? [])
    .map(({ from, bytes }): Sent => [from, bytes]);
  const lines = await info(connection(sent), ["-o", `tls.keylog_file:${keys}`]);
  await Deno.remove(keys);
  assertMatch(
    lines.join("; "),
    /^Request max\(2, 3\) \+ 3; Request rand\(0, 1\); Response 200 = 6; Response 200 = 0\.\d+/,
  );
}, ["tshark", "openssl"]);

const ROOT = new URL("..", import.meta.url);

const walkthrough = await Deno.readTextFile(
  new URL("docs/walkthrough.md", ROOT),
);

/** The lines about frames. What is written of other packets changes with the version. */
function aboutFrames(text: string): string[] {
  return text.split("\n").filter((line) =>
    /\bCALC\b|^Calculator|^ {4}\S|^\d+\t/.test(line)
  ).map((line) => line.trim().replaceAll(/ +/g, " "));
}

test("docs/walkthrough.md shows what tshark prints", async () => {
  const blocks = [...walkthrough.matchAll(/```console\n\$ (.*)\n([^]*?)```/g)];
  assert(blocks.length > 0);
  for (const [, command = "", printed = ""] of blocks) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", command],
      cwd: ROOT,
      stderr: "null",
    }).output();
    const lines = aboutFrames(new TextDecoder().decode(stdout));
    assertEquals(aboutFrames(printed), lines, command);
  }
});

test("docs/walkthrough.md: its display filters are valid", async () => {
  const [, section = ""] = walkthrough.split("## Display filters");
  const [table = ""] = section.split("## ");
  const filters = [...table.matchAll(/`([^`]*(?:calc|tcp)[^`]*)`/g)];
  assert(filters.length > 10);
  const any = filters.map(([, filter = ""]) => `(${filter})`).join(" || ");
  const capture = await sample("server-down");
  await tshark(capture, ["-2", "-Y", any.replaceAll("\\|", "|")]);
});
