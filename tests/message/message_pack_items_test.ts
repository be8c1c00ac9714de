import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "@std/msgpack/encode";
import fc from "fast-check";
import { type Item, items } from "../../lib/message/message_pack_items.ts";
import { ProtocolError } from "../../lib/protocol/mod.ts";

function itemsOf(hex: string): Item[] {
  return [...items(Uint8Array.fromHex(hex))];
}

/** What a payload holds, without the places. */
function outline(hex: string) {
  return itemsOf(hex).map(({ depth, kind, size, text }) =>
    `${" ".repeat(depth)}${kind} ${size} ${text}`.trimEnd()
  );
}

Deno.test("items: they come in the order of their bytes, with their places", () => {
  assertEquals(itemsOf("92" + "a136" + "91" + "d901" + "37"), [
    { kind: "an array", at: 0, end: 1, depth: 0, size: 2, text: "" },
    { kind: "a string", at: 1, end: 3, depth: 1, size: 1, text: "6" },
    { kind: "an array", at: 3, end: 4, depth: 1, size: 1, text: "" },
    { kind: "a string", at: 4, end: 7, depth: 2, size: 1, text: "7" },
  ]);
});

Deno.test("items: depth and size tell what belongs to what", () => {
  assertEquals(outline("94" + "90" + "81" + "01" + "9102" + "c3" + "80"), [
    "an array 4",
    " an array 0",
    " a map 1",
    "  an integer 0",
    "  an array 1",
    "   an integer 0",
    " a boolean 0",
    " a map 0",
  ]);
});

Deno.test("items: every format of the specification is known, with its size", () => {
  const formats: [hex: string, outline: string][] = [
    ["00", "an integer 0"],
    ["7f", "an integer 0"],
    ["e0", "an integer 0"],
    ["ff", "an integer 0"],
    ["ccff", "an integer 0"],
    ["cdffff", "an integer 0"],
    ["ceffffffff", "an integer 0"],
    ["cfffffffffffffffff", "an integer 0"],
    ["d080", "an integer 0"],
    ["d18000", "an integer 0"],
    ["d280000000", "an integer 0"],
    ["d38000000000000000", "an integer 0"],
    ["c0", "nil 0"],
    ["c2", "a boolean 0"],
    ["c3", "a boolean 0"],
    ["ca3f800000", "a float 0"],
    ["cb3ff0000000000000", "a float 0"],
    ["a0", "a string 0"],
    [`bf${"61".repeat(31)}`, `a string 31 ${"a".repeat(31)}`],
    ["d90161", "a string 1 a"],
    ["da000161", "a string 1 a"],
    ["db0000000161", "a string 1 a"],
    ["c401ff", "binary data 1"],
    ["c50001ff", "binary data 1"],
    ["c600000001ff", "binary data 1"],
    ["c70201ffff", "an extension 2"],
    ["c8000201ffff", "an extension 2"],
    ["c90000000201ffff", "an extension 2"],
    ["d401ff", "an extension 0"],
    ["d501ffff", "an extension 0"],
    [`d601${"ff".repeat(4)}`, "an extension 0"],
    [`d701${"ff".repeat(8)}`, "an extension 0"],
    [`d801${"ff".repeat(16)}`, "an extension 0"],
    ["dc0000", "an array 0"],
    ["dd00000000", "an array 0"],
    ["de0000", "a map 0"],
    ["df00000000", "a map 0"],
  ];
  for (const [hex, expected] of formats) {
    assertEquals(outline(hex), [expected], hex);
    const bytes = Uint8Array.fromHex(hex);
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(() => [...items(bytes.subarray(0, length))], ProtocolError);
    }
    assertThrows(
      () => [...items(Uint8Array.of(...bytes, 0xc0))],
      ProtocolError,
    );
  }
  assertThrows(() => itemsOf("c1"), ProtocolError);
});

Deno.test("items: what a payload claims to hold is refused before it is looked for", () => {
  for (const claim of ["ddffffffff", "dfffffffff", "dc0003", "de0002", "93"]) {
    const walk = items(Uint8Array.fromHex(`${claim}0102`));
    assertEquals(walk.next().value?.at, 0);
    assertThrows(() => walk.next(), ProtocolError, "bytes that are not one");
  }
  // Each array claims all remaining bytes, and so does the next.
  assertThrows(
    () => itemsOf("dc0030".repeat(30)),
    ProtocolError,
    "90 bytes that are not one MessagePack value",
  );
});

Deno.test("items: each begins where the one before ends, the last ends the payload", () => {
  const aPayload = fc.jsonValue().map((value) =>
    encode(JSON.parse(JSON.stringify(value)))
  );
  fc.assert(fc.property(aPayload, (payload) => {
    let end = 0;
    for (const item of items(payload)) {
      assertEquals(item.at, end);
      end = item.end;
    }
    assertEquals(end, payload.length);
  }));
});

Deno.test("items: a payload may be a part of a larger buffer", () => {
  const buffer = Uint8Array.fromHex("ffffa136ff");
  const [item, ...more] = items(buffer.subarray(2, 4));
  assertEquals([item?.text, more], ["6", []]);
});
