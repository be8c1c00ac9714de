import { assert, assertEquals } from "@std/assert";
import { calculator } from "../lib/calculator.ts";
import { decodeRequest, encodeRequest } from "../lib/message/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";

const page = await Deno.readTextFile(
  new URL("../docs/protocol.md", import.meta.url),
);

/** The frame of an annotated example: the pairs of digits before its notes. */
function example(name: string): Frame {
  const [, block] = page.split("```hex " + name + "\n");
  assert(block, `an example called ${name}`);
  const [lines = ""] = block.split("\n```");
  const digits = lines.split("\n").map((line) =>
    /^((?:[0-9a-f]{2} )+) /.exec(`${line} `)?.[1] ?? ""
  );
  return new Frame(Uint8Array.fromHex(digits.join("").replaceAll(" ", "")));
}

/** The same frame, made at another time. */
function at(timeStamp: number, { bytes }: Frame): Frame {
  const other = bytes.slice();
  new DataView(other.buffer).setUint32(0, timeStamp);
  return new Frame(other);
}

Deno.test("docs/protocol.md: the example of a request is what a client sends", () => {
  const request = example("request");
  const sent = encodeRequest("max(2, 3) + 3");
  assertEquals(at(request.timeStamp, sent).bytes, request.bytes);
  assertEquals(request.timeStamp, Date.UTC(2022, 11, 6, 15, 32, 17) / 1000);
});

Deno.test("docs/protocol.md: the example of a response is what a server answers", async () => {
  const request = example("request");
  assertEquals(decodeRequest(request), "max(2, 3) + 3");
  const answered = await calculator()(request, "127.0.0.1:64031");
  const response = example("response");
  assertEquals(at(response.timeStamp, answered).bytes, response.bytes);
});
