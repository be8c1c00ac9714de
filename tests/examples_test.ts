/**
 * The scripts in docs/examples/, run as their readers run them.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { calculator } from "../lib/calculator.ts";
import { calculate } from "../lib/client/calculate.ts";
import { format, parse } from "../lib/expression/mod.ts";
import { encodeSuccess } from "../lib/message/mod.ts";
import { type Address, formatAddress } from "../lib/net/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { proxy } from "../lib/proxy.ts";
import { serve } from "../lib/serve.ts";
import { BareServer } from "../tools/harness/bare_peer.ts";
import { findChromium, startChromium } from "../tools/harness/browser.ts";
import { RoleProcess } from "../tools/harness/role_process.ts";
import { unusedAddress } from "../tools/harness/unused_address.ts";

const ROOT = new URL("..", import.meta.url);
const EXAMPLES = new URL("docs/examples/", ROOT);

/** The scripts by name. */
const scripts = new Map<string, string>();
for await (const { name } of Deno.readDir(EXAMPLES)) {
  // page.html uses page.ts.
  if (name === "README.md" || name === "page.html") continue;
  scripts.set(name, await Deno.readTextFile(new URL(name, EXAMPLES)));
}

/** The program and its arguments, up to the script, on a script's second line. */
function command(name: string): string[] {
  const [, line = ""] = scripts.get(name)?.split("\n") ?? [];
  const [, words = ""] = /^(?:\/\/|#) (.+? docs\/examples\/\S+)/.exec(line) ??
    [];
  assert(words.endsWith(`/${name}`), `${name}: the second line runs it`);
  return words.split(" ");
}

/** What a script printed, and how it ended. */
interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script as its second line says, with other arguments. */
async function run(
  name: string,
  args: string[] = [],
  input = "",
): Promise<Run> {
  const [program = "", ...words] = command(name);
  const isDeno = program === "deno";
  const child = new Deno.Command(isDeno ? Deno.execPath() : program, {
    args: [...words, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_PROMPT: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  await new Blob([input]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return {
    status: code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** What a script prints if it succeeds and reports no error. */
async function printed(
  name: string,
  args?: string[],
  input?: string,
): Promise<string> {
  const { status, stdout, stderr } = await run(name, args, input);
  assertEquals([status, stderr], [0, ""]);
  return stdout;
}

Deno.test("docs/examples: scripts have at most 30 lines, client.py 40", () => {
  for (const [name, text] of scripts) {
    const lines = text.trimEnd().split("\n").length;
    assert(lines <= (name === "client.py" ? 40 : 30), `${name}: ${lines}`);
  }
});

Deno.test("docs/examples: scripts import public entry points and nothing else of this package", () => {
  const entries = Object.keys(config.exports)
    .map((entry) => entry.replace(".", config.name));
  for (const [name, text] of scripts) {
    for (const [, module = ""] of text.matchAll(/ from "(.+?)"/g)) {
      assert(
        entries.includes(module) || module.startsWith("node:"),
        `${name} imports ${module}`,
      );
    }
  }
});

Deno.test("docs/examples: README lists all scripts and what they need", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  const rows = readme.matchAll(/^\| \[(\S+)\]\(\1\) .* \| (.+?) +\|$/gm)
    .map(([, name = "", needs]) => `${name}: ${needs}`);
  const expected = [...scripts].map(([name, text]) => {
    const words = command(name);
    const flags = words.filter((word) => /^-[NR]$/.test(word));
    const needs = words.includes("bundle")
      ? "a browser"
      : name.endsWith(".py")
      ? "Python"
      : flags.map((flag) => `\`${flag}\``).join(" ") || "no permission";
    return `${name}: ${needs}${text.includes(":9999") ? ", a server" : ""}`;
  });
  assertEquals([...rows].sort(), expected.sort());
});

Deno.test("docs/examples/without_network.ts prints values, steps and errors", async () => {
  assertEquals(
    await printed("without_network.ts"),
    `7 / (1 + (2 * 3)) is the number 1.0
[ "7 / (1 + (2 * 3))", "7 / (1 + 6)", "7 / 7", "1.0" ]
2 ** 64 is the bigint 18446744073709551616
[ "2 ** 64", "18446744073709551616" ]
max(2, 3 + * 4)
           ^ SyntaxError: expected a number, a name, "(" or a sign, found "*"
1 / 0
^ DivisionByZero: division by zero
`,
  );
});

Deno.test("docs/examples/watched_proxy.ts prints a miss, then a hit", async () => {
  assertEquals(
    await printed("watched_proxy.ts"),
    `proxy: asking
proxy: upstream opened
proxy: sending
proxy: answered
proxy: upstream closed
proxy: stored
client: 6
proxy: hit
client: 6
`,
  );
});

Deno.test("docs/examples/middleware.ts answers one address and refuses others", async () => {
  assertEquals(
    await printed("middleware.ts"),
    `{ result: "42", steps: [ "6 * 7", "42" ] }
Forbidden: only for 192.0.2.1
`,
  );
});

Deno.test("docs/examples/vocabulary.ts prints what a server with gcd answers", async () => {
  assertEquals(
    await printed("vocabulary.ts"),
    `{
  result: "6",
  steps: [ "gcd((2 * dozen), 18)", "gcd((2 * 12), 18)", "gcd(24, 18)", "6" ]
}
DomainError: gcd takes integers only
UnknownName: unknown function "gdc": did you mean "gcd"?
`,
  );
});

Deno.test("docs/examples/in_parallel.ts evaluates a file over eight connections", async () => {
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  const file = await Deno.makeTempFile();
  const clients = new Set<number>();
  const handler = calculator();
  await using server = serve({ port: 0 }, (request, client) => {
    clients.add(client.id);
    return handler(request, client);
  });
  try {
    const lines = numbers.map((n) => `${n} * 2`);
    await Deno.writeTextFile(file, [...lines, "1 / 0", "1 +", ""].join("\n"));
    const args = [file, formatAddress(server.address)];
    const { status, stdout, stderr } = await run("in_parallel.ts", args);
    assertEquals(status, 0);
    const printed = stdout.split("\n");
    assertEquals(
      printed.slice(0, 500),
      numbers.map((n) => `${n} * 2 = ${n * 2}`),
    );
    assertEquals(
      printed[500],
      "1 / 0 = DivisionByZero: division by zero",
    );
    assertMatch(printed[501] ?? "", /^1 \+ = SyntaxError: expected a number/);
    const bars = stderr.split("\r");
    assertEquals(bars[252], `${"#".repeat(20)}${".".repeat(20)} 252 of 502`);
    assertEquals(bars.at(-1), `${"#".repeat(40)} 502 of 502`);
    assertEquals(clients.size, 8);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("docs/examples/pipeline.ts gets 20,000 answers over one connection", async () => {
  await using server = await RoleProcess.start("server");
  assertMatch(
    await printed("pipeline.ts", [formatAddress(server.address)]),
    /^20000 answers, with a sum of 1\.64488\d+: about pi \*\* 2 \/ 6\n$/,
  );
  await server.printed("Connection closed");
  const connections = server.lines.filter((line) =>
    line.includes("Connection established")
  );
  assertEquals(connections.length, 1);
});

Deno.test("docs/examples/cancel.ts stops both the client and the handler", async () => {
  const lines = (await printed("cancel.ts")).trimEnd().split("\n").sort();
  assertEquals(lines.length, 2);
  assertMatch(lines[0] ?? "", /^client: TimeoutError: /);
  assertEquals(lines[1], "server: the client has left");
});

Deno.test("docs/examples/metrics.ts counts facts for Prometheus", async () => {
  await using server = await RoleProcess.start("server");
  const [program = "", ...words] = command("metrics.ts");
  assertEquals(program, "deno");
  const cache = unusedAddress();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...words, formatAddress(server.address), `${cache.port}`, "0"],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_PROMPT: "1" },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    // Its URL, printed when everything is ready.
    const { value: url = "" } = await output.read();
    for (const expression of ["1 + 1", "1+1", "2 + 2"]) {
      await calculate(cache, expression);
    }
    const metrics = await (await fetch(url)).text();
    for (
      const line of [
        "# TYPE calculator_facts_total counter",
        'calculator_facts_total{type="request"} 3',
        'calculator_facts_total{type="hit"} 1',
        'calculator_facts_total{type="stored"} 2',
        "# TYPE calculator_cached_responses gauge",
        "calculator_cached_responses 2",
      ]
    ) {
      assertStringIncludes(`\n${metrics}`, `\n${line}\n`);
    }
  } finally {
    child.kill();
    await output.cancel();
    await child.status;
  }
});

const chromium = await findChromium();

Deno.test({
  name: `docs/examples/page.html evaluates in a browser, without a server${
    chromium ? "" : " (needs Chromium)"
  }`,
  ignore: !chromium,
  async fn() {
    assert(chromium !== undefined);
    const { status, stderr } = await run("page.ts");
    assertEquals(status, 0, stderr);
    const browser = await startChromium(chromium);
    try {
      const page = await browser.newPage();
      await page.goto(new URL("page.html", EXAMPLES).href);
      const shown = async (expression: string) => {
        await page.locator("input").fill(expression);
        return await page.$eval("output", (output) => output.textContent);
      };
      assertEquals(await shown("max(2,3)+3"), "max(2, 3) + 3\n= 3 + 3\n= 6");
      assertEquals(await shown("pi"), "3.141592653589793");
      assertEquals(await shown("1 / 0"), "division by zero");
      assertEquals(
        await shown("1 +"),
        'expected a number, a name, "(" or a sign, found the end',
      );
    } finally {
      await browser.close();
    }
  },
});

Deno.test("docs/examples/calculate.ts prints an answer, or which kind of error it is", async () => {
  await using server = await RoleProcess.start("server");
  const address = formatAddress(server.address);
  assertEquals(
    await printed("calculate.ts", ["max(2, 3) + 3", address]),
    "Result: 6\n  max(2, 3) + 3\n  3 + 3\n  6\n",
  );
  const nowhere = formatAddress(unusedAddress());
  const cases = [
    ["1 +", address, "Not sent: SyntaxError: expected a number, a name"],
    ["1 / 0", address, "Failed: DivisionByZero: division by zero\n"],
    ["1 + 1", nowhere, `NoAnswerError: Connection refused by ${nowhere}\n`],
  ] as const;
  for (const [expression, where, complaint] of cases) {
    const { status, stderr } = await run("calculate.ts", [expression, where]);
    assertEquals([status, stderr.slice(0, complaint.length)], [1, complaint]);
  }
});

Deno.test("docs/examples/calculate.ts rejects an invalid address", async () => {
  const { status, stderr } = await run("calculate.ts", ["1 + 1", "localhost"]);
  assertEquals(status, 1);
  assertMatch(stderr, /Expected HOST:PORT: found "localhost"/);
});

Deno.test("docs/examples/one_connection.ts evaluates all lines on one connection", async () => {
  await using server = await RoleProcess.start("server");
  const lines = "2 ** 10\n1 / 0\n1 + $\nmax(2, 3) + 3\n";
  assertEquals(
    await printed("one_connection.ts", [formatAddress(server.address)], lines),
    `2 ** 10 = 1024
1 / 0: DivisionByZero: division by zero
1 + $: SyntaxError: expected a number, a name, "(" or a sign, found "$"
max(2, 3) + 3 = 6
`,
  );
  await server.printed("Connection closed");
  const connections = server.lines.filter((line) =>
    line.includes("Connection established")
  );
  assertEquals(connections.length, 1);
});

const [python = ""] = command("client.py");

async function hasPython(): Promise<boolean> {
  try {
    const version = new Deno.Command(python, { args: ["--version"] });
    return (await version.output()).success;
  } catch {
    return false;
  }
}

const ignore = !await hasPython();

/** Registers a test of client.py, whose name says what it lacks if it is skipped. */
function testPython(what: string, fn: () => Promise<void>): void {
  const needs = ignore ? ` (needs ${python})` : "";
  Deno.test({ name: `docs/examples/client.py ${what}${needs}`, ignore, fn });
}

/** A sum of ones. */
function sum(count: number): string {
  return Array(count).fill("1").join(" + ");
}

/** Runs client.py. */
function ask(address: Address, expression: string): Promise<Run> {
  return run("client.py", [expression, formatAddress(address)]);
}

testPython("prints results and steps", async () => {
  await using server = await RoleProcess.start("server");
  // Strings and arrays of each length that MessagePack writes in another way.
  for (const expression of ["7", "max(2, 3) + 3", "2 ** 1300", sum(100)]) {
    const { result, steps } = await calculate(server.address, expression);
    assertEquals(await ask(server.address, expression), {
      status: 0,
      stdout: `${[`Result: ${result}`, ...steps].join("\n  ")}\n`,
      stderr: "",
    });
  }
});

testPython(
  "sends canonical text in the bytes that share a cache entry",
  async () => {
    await using server = serve({ port: 0 }, calculator());
    const facts: string[] = [];
    const watch = ({ type }: { type: string }) => facts.push(type);
    await using cache = serve({ port: 0 }, proxy(server.address, { watch }));
    // Strings of up to 31, 255 and 65,535 bytes.
    for (const expression of ["1 + 1", sum(20), sum(100)]) {
      await calculate(cache.address, expression);
      await ask(cache.address, format(parse(expression)));
      assertEquals(facts.splice(0), [
        ...["asking", "upstream opened", "sending", "answered"],
        ...["upstream closed", "stored", "hit"],
      ]);
    }
  },
);

testPython("prints the error that a server reports", async () => {
  await using server = await RoleProcess.start("server");
  assertEquals(await ask(server.address, "1 / 0"), {
    status: 1,
    stdout: "",
    stderr: "DivisionByZero: division by zero\n",
  });
  // The position of the error takes one byte, two or three.
  for (const count of [2, 100, 1000]) {
    const { stderr } = await ask(server.address, `${"1 + ".repeat(count)}*`);
    assertMatch(stderr, /^SyntaxError: expected a number, .*found "\*"\n$/);
  }
});

testPython("says in one line why there is no response", async () => {
  const { status, stderr } = await ask(unusedAddress(), "1 + 1");
  assertEquals(status, 1);
  assertMatch(stderr, /^ConnectionRefusedError: .+\n$/);
});

testPython("refuses responses that the protocol forbids", async () => {
  const right = encodeSuccess({ result: "2", steps: ["1 + 1", "2"] });
  const cut = Frame.from(right, right.payload.slice(0, -1));
  const cases: [Frame, string][] = [
    [right.with({ steps: false }), "Not a response\n"],
    [right.with({ status: 201 }), "Not a response\n"],
    [right.with({ type: "request" }), "Not a response\n"],
    [cut, "EOFError: the response ends too early\n"],
  ];
  for (const [response, complaint] of cases) {
    await using server = new BareServer(async (peer) => {
      await peer.frame();
      await peer.write(response.bytes);
    });
    const { status, stderr } = await ask(server.address, "1 + 1");
    assertEquals([status, stderr], [1, complaint]);
  }
});
