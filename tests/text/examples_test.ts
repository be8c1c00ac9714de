/**
 * The examples of docs/protocol.md, byte by byte.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  decodeRequest,
  encodeRequest,
  formatOf,
} from "../../lib/message/mod.ts";
import { connect } from "../../lib/net/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import { frameLines } from "../../lib/terminal/frame_lines.ts";
import { block, example, examples } from "./document.ts";
import { withRoles } from "./roles.ts";

/** The same frame, made at another time. */
function at(timeStamp: number, { bytes }: Frame): Frame {
  const other = bytes.slice();
  new DataView(other.buffer).setUint32(0, timeStamp);
  return new Frame(other);
}

const requests = examples.filter((name) => name.startsWith("request"));
const MADE = Date.UTC(2022, 11, 6, 15, 32, 17) / 1000;

for (const name of requests) {
  Deno.test(`framing-1, pickles-10: the example of a ${name} is what a client sends`, () => {
    const { timeStamp, bytes, maxAge, payload } = example(name);
    const options = { maxAge, format: formatOf(payload) };
    const sent = encodeRequest(decodeRequest(new Frame(bytes)), options);
    assertEquals(at(timeStamp, sent).bytes, bytes);
    assertEquals(timeStamp, MADE);
  });

  const response = name.replace("request", "response");
  Deno.test(`framing-1, pickles-10: the example of a ${response} is what a server answers`, async () => {
    await withRoles(async ({ proxy }) => {
      using connection = await connect(proxy);
      const answered = await connection.ask(example(name));
      assertEquals(at(MADE, answered).bytes, example(response).bytes);
    });
  });
}

for (const name of examples) {
  Deno.test(`docs/protocol.md: the example of a ${name} is annotated as --trace does it`, () => {
    const lines = frameLines(example(name)).join("\n");
    // A long frame is shown in lines of 16 bytes: --trace would cut it off.
    if (lines.endsWith("more bytes")) return assert(/ {2}\S/.test(block(name)));
    assertEquals(block(name), lines);
  });
}
