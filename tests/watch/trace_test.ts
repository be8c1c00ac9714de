import { assertEquals } from "@std/assert";
import { frameLines } from "../../lib/terminal/frame_lines.ts";
import type { Fact } from "../../lib/watch/fact.ts";
import { LineWriter } from "../../lib/watch/line_writer.ts";
import { traceTo } from "../../lib/watch/trace.ts";
import { facts } from "./facts.ts";

const CLIENT = "client 127.0.0.1:64031";
const SERVER = "server [::1]:9999";

/** What a proxy prints for a fact. */
async function traced(fact: Fact): Promise<string> {
  let printed = "";
  const lines = new LineWriter({
    write(bytes) {
      printed += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  }, () => "");
  traceTo(lines, "proxy")(fact);
  await lines.finished();
  return printed;
}

/** From whom to whom a frame goes. */
const directions: Partial<Record<Fact["type"], string>> = {
  request: `${CLIENT} → proxy`,
  response: `proxy → ${CLIENT}`,
  closing: `proxy → ${CLIENT}`,
  sending: `proxy → ${SERVER}`,
  answered: `${SERVER} → proxy`,
};

for (const fact of Object.values(facts)) {
  const direction = directions[fact.type];
  Deno.test(`trace: ${fact.type} ${direction ? "shows a frame" : "is no frame"}`, async () => {
    if (direction === undefined) return assertEquals(await traced(fact), "");
    const frame = "response" in fact
      ? fact.response
      : "request" in fact
      ? fact.request
      : undefined;
    const lines = [direction, ...frame ? frameLines(frame) : []];
    assertEquals(await traced(fact), `${lines.join("\n")}\n`);
  });
}
