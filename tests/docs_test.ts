import { assert, assertEquals } from "@std/assert";
import { calculator } from "../lib/calculator.ts";
import { decodeRequest, encodeRequest } from "../lib/message/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { frameLines } from "../lib/terminal/frame_lines.ts";
import { flagsIn } from "../tools/harness/help.ts";
import { runRole } from "../tools/harness/role_process.ts";
import { CLIENT } from "../tools/harness/client.ts";

const page = await Deno.readTextFile(
  new URL("../docs/protocol.md", import.meta.url),
);

/** An annotated example. */
function block(name: string): string {
  const [, block] = page.split("```hex " + name + "\n");
  assert(block, `an example called ${name}`);
  const [lines = ""] = block.split("\n```");
  return lines;
}

/** The frame of an annotated example: the pairs of digits before its notes. */
function example(name: string): Frame {
  const digits = block(name).split("\n").map((line) =>
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
  const answered = await calculator()(request, CLIENT);
  const response = example("response");
  assertEquals(at(response.timeStamp, answered).bytes, response.bytes);
});

for (const name of ["request", "response"]) {
  Deno.test(`docs/protocol.md: the example of a ${name} is annotated as --trace does it`, () => {
    assertEquals(block(name), frameLines(example(name)).join("\n"));
  });
}

/** The rows of a table of README, by what its first heading is. */
async function flagTable(heading: string): Promise<string[]> {
  const readme = await Deno.readTextFile(
    new URL("../README.md", import.meta.url),
  );
  const [, table = ""] = readme.split(`| \`${heading}\` `);
  const [rows = ""] = table.split("\n\n");
  return rows.split("\n").slice(2).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.replaceAll("`", "").trim())
      .join(" | ")
  );
}

for (const role of ["server", "proxy", "client"] as const) {
  Deno.test(`README.md: the flags of the ${role} are those in its --help`, async () => {
    const { stdout } = await runRole(role, ["--help"]);
    // Flags that all of them have are listed once, above the tables.
    const shown = flagsIn(stdout).filter(({ group }) => group !== "General");
    assertEquals(
      await flagTable(`${role}.ts`),
      shown.map(({ flag, help, fallback }) =>
        `${flag} | ${help} | ${fallback}`
      ),
    );
  });
}
