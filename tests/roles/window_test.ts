/**
 * What a client shows on a terminal, by its width and its environment.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RoleProcess } from "../../tools/harness/role_process.ts";
import { LONG, SHORT } from "./door.ts";

const ROOT = new URL("../..", import.meta.url);

/** Runs a client on a pseudo-terminal, and collects what it shows. */
async function shown(
  expressions: string[],
  { port, columns = 80, env = {} }: {
    port: number;
    columns?: number;
    env?: Record<string, string>;
  },
): Promise<string> {
  const client = [
    ...[
      Deno.execPath(),
      "run",
      "--quiet",
      "-N",
      "client.ts",
      "-q",
      "-p",
      `${port}`,
    ],
    ...expressions,
  ];
  const typed = client.map((word) => `'${word}'`).join(" ");
  const { NO_COLOR: _, ...inherited } = Deno.env.toObject();
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols ${columns} rows 24; ${typed}`, "/dev/null"],
    cwd: ROOT,
    clearEnv: true,
    env: { ...inherited, TERM: "xterm", ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}

/** Whether `script` of util-linux is there, whose options these are. */
const isMissing = (() => {
  try {
    return !new Deno.Command("script", {
      args: ["-qec", "stty cols 80", "/dev/null"],
      stdin: "null",
    }).outputSync().success;
  } catch {
    return true;
  }
})();

/** Tests what a client shows that asks a server. */
function testWindow(name: string, run: (port: number) => Promise<void>): void {
  const missing = isMissing ? " (needs util-linux script)" : "";
  Deno.test(`window: ${name}${missing}`, { ignore: isMissing }, async () => {
    await using server = await RoleProcess.start("server");
    await run(server.address.port);
  });
}

/** What switches a style on or off. */
// deno-lint-ignore no-control-regex
const STYLE = /\x1b\[(\d+)m/g;

/** The numbers of the styles that are used. */
function stylesIn(text: string): Set<string | undefined> {
  return new Set(text.matchAll(STYLE).map(([, style]) => style));
}

testWindow("steps fit it, whatever its width", async (port) => {
  for (const columns of [40, 80, 200]) {
    const text = (await shown([LONG], { port, columns })).replace(STYLE, "");
    const lines = text.trimEnd().split("\n");
    assert(lines.every((line) => line.length <= columns), text);
    const steps = lines.slice(2).map((line) => line.trim()).join(" ");
    assertStringIncludes(steps, "= (-0.35767641068434347 / 12) * 13 =");
  }
});

testWindow("a result that is its only step is shown once", async (port) => {
  const text = await shown(["2 ** 10000"], { port });
  assertEquals(text.replace(STYLE, ""), `Result: ${2n ** 10000n}\n`);
});

testWindow("marks have colors", async (port) => {
  assertEquals(
    await shown([SHORT], { port }),
    `\
Result: \x1b[1m6\x1b[22m
Steps:
\x1b[36mmax(2, 3)\x1b[39m + 3 = \x1b[32m3\x1b[39m\x1b[36m + 3\x1b[39m
              = \x1b[32m6\x1b[39m
`,
  );
});

testWindow("with NO_COLOR, marks are underlined", async (port) => {
  const text = await shown([SHORT, "1 +"], { port, env: { NO_COLOR: "1" } });
  assertEquals(stylesIn(text), new Set(["4", "24"]));
  assertStringIncludes(text, "\x1b[4mmax(2, 3)\x1b[24m + 3 = \x1b[4m3\x1b[24m");
});

testWindow("with TERM=dumb, nothing is marked", async (port) => {
  for (const env of [{ TERM: "dumb" }, { TERM: "dumb", NO_COLOR: "1" }]) {
    const text = await shown([SHORT, "1 / 0", "1 +"], { port, env });
    assert(!text.includes("\x1b"), text);
    assertStringIncludes(text, "max(2, 3) + 3 = 3 + 3\n");
  }
});

testWindow("an error of a long expression fits it", async (port) => {
  const text = await shown([`${"1 + ".repeat(40)}$`], { port, columns: 40 });
  const lines = text.replace(STYLE, "").trimEnd().split("\n");
  assert(lines.every((line) => line.length <= 40), text);
  assertEquals(lines[0]?.[lines[1]?.indexOf("^") ?? -1], "$", text);
});
