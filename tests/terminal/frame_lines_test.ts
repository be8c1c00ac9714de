import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { encodeRequest } from "../../lib/message/mod.ts";
import { Frame, MAX_PAYLOAD_LENGTH } from "../../lib/protocol/mod.ts";
import { frameLines } from "../../lib/terminal/frame_lines.ts";

/** How many lines a header takes up. */
const HEADER = 9;

/** A request with any payload. */
function requestWith(payload: Uint8Array): Frame {
  const { timeStamp, type, cache, steps, status, maxAge } = encodeRequest("7");
  const header = { timeStamp, type, cache, steps, status, maxAge };
  return Frame.from(header, payload);
}

function payloadLines(payload: Uint8Array): string[] {
  return frameLines(requestWith(payload)).slice(HEADER);
}

/** The lines for the text of an expression. */
function textLines(expression: string): string[] {
  return payloadLines(encodeRequest(expression).payload).slice(1);
}

Deno.test("frame lines: fields that share a byte stand below one another", () => {
  const [, , ...lines] = frameLines(encodeRequest("7", { cache: false }));
  assertEquals(lines, [
    "0c              reserved: 000",
    "                cache: 0 (must not be cached)",
    "                steps: 1 (include them)",
    "                type: 1 (a request)",
    "00              status: 00 00000000 = 0",
    "00 00           max-age: 0 s",
    "00 00           padding: 0",
    "a1              expression: string of 1 byte",
    "37              7",
  ]);
});

Deno.test("frame lines: a character stands where its first byte is", () => {
  assertEquals(textLines("2 × 3 😀é"), [
    "32 20 c3 97     2 space ×",
    "20 33 20 f0     space 3 space 😀",
    "9f 98 80 c3     é",
    "a9",
  ]);
});

Deno.test("frame lines: what a terminal would act on is escaped", () => {
  assertEquals(textLines("\x1b[2J\u202e\u009b\n"), [
    "1b 5b 32 4a     \\x1b [ 2 J",
    "e2 80 ae c2     \\u202e \\x9b",
    "9b 0a           \\x0a",
  ]);
});

Deno.test("frame lines: more than four bytes with one meaning take up several lines", () => {
  const float = Uint8Array.fromHex("cb3ff0000000000000");
  assertEquals(payloadLines(float), [
    "cb 3f f0 00     payload: float 1.0",
    "00 00 00 00",
    "00",
  ]);
});

Deno.test("frame lines: a meaning is fitted into the window at its blanks", () => {
  const request = encodeRequest("1 + 2", { steps: false });
  const lines = frameLines(request, 40);
  assert(lines.every((line) => line.length <= 40));
  assertEquals(lines.slice(-6), [
    "ff ff           max-age: no limit",
    "00 00           padding: 0",
    "a5              expression: string of 5",
    "                bytes",
    "31 20 2b 20     1 space + space",
    "32              2",
  ]);
});

Deno.test("frame lines: the end of a long frame is cut off and counted", () => {
  const fits = "1".repeat(4 * (200 - HEADER - 1));
  assertEquals(textLines(fits).at(-1), "31 31 31 31     1 1 1 1");
  assertEquals(textLines(`${fits}1`).at(-1), "… 1 more bytes");
  const long = payloadLines(new Uint8Array(MAX_PAYLOAD_LENGTH).fill(0xc1));
  assertEquals(long.length, 200 - HEADER + 1);
  assertEquals(long.at(-1), "… 64,759 more bytes");
});

Deno.test("frame lines: whatever the payload, each line has its bytes and is safe to print", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: "binary", maxLength: 50 }).map((text) =>
        encodeRequest(text).payload
      ),
    ),
    (payload) => {
      const frame = requestWith(payload);
      const lines = frameLines(frame);
      const digits = lines.map((line) => line.slice(0, 16).trim()).join(" ");
      const bytes = digits.replaceAll(" ", "");
      assertEquals(bytes, frame.bytes.toHex());
      assertMatch(lines.join(""), /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u);
      assert(lines.every((line) => line.length < 90));
    },
  ));
});
