import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  decodeRequest,
  encodeClientError,
  encodeSuccess,
} from "../../lib/message/mod.ts";
import { formatAddress, serve } from "../../lib/net/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import { RoleProcess, runClient } from "../../tools/harness/role_process.ts";
import { lettered, LONG, rudeServer, SHORT, testDoor } from "./door.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

/** So that nothing but results is printed. */
const QUIET = ["-q", "--no-steps"];

testDoor("client", {
  operands: "[EXPRESSION …]",
  groups: ["Connecting", "Requests", "Output", "General"],
  flags: [
    ["-H, --host HOST", "127.0.0.1"],
    ["-p, --port PORT", "9999"],
    ["--no-steps"],
    ["--no-cache"],
    ["--max-age SECONDS", "inf"],
    ["--timeout SECONDS", "10"],
    ["--payload FORMAT", "msgpack"],
    ["--tls"],
    ["--ca FILE"],
    ["--cert FILE"],
    ["--key FILE"],
    ["--every SECONDS"],
    ["--json"],
    ["--history FILE"],
    ["-v, --verbose"],
    ["--trace"],
    ["--example"],
  ],
  refused: [
    [["--nosteps", "1"], "unknown flag --nosteps: did you mean --no-steps?"],
    [["-x"], 'unknown flag -x: after "--", -x is an expression'],
    [
      ["2", "+", "3"],
      'quote the expression: "2 + 3"',
    ],
    [
      ["2", "LICENSE", "README.md", "3"],
      'quote the expression: the shell has replaced a * with "README.md"',
    ],
    [
      ["-H", "a/b", "1"],
      '--host takes a host name or an IP address: received "a/b"',
    ],
    [
      ["-p", "99999", "1"],
      '--port takes a whole number from 1 to 65535: received "99999"',
    ],
    [
      ["--max-age", "-1", "1"],
      '--max-age takes whole seconds from 0 to 65534, or inf: received "-1"',
    ],
    [
      ["--max-age", "65535", "1"],
      '--max-age takes whole seconds from 0 to 65534, or inf: received "65535"',
    ],
    [["--ca", "ca.pem", "1"], "--ca requires --tls"],
    [
      ["--tls", "--ca", "", "1"],
      "--ca takes the name of a file: received nothing",
    ],
    [["--json=1", "1"], "--json takes no value"],
    [["-qv", "1"], "--verbose and --quiet contradict each other"],
    [
      ["--json", "--trace", "1"],
      "--trace prints text and cannot be combined with --json",
    ],
    [
      ["--every", "0", "1"],
      '--every takes seconds from 0.1 to 86400: received "0"',
    ],
  ],
});

const LONG_SHOWN = `\
Result: -0.38748277824137206
Steps:
(sin(max(2, (3 * 4), 5, (6 * ((7 * 8) / 9)), (10 / 11))) / 12) * 13 = (sin(max(2, 12, 5, (6 * ((7 * 8) / 9)), (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, (6 * (56 / 9)), (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, (6 * 6.222222222222222), (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, 37.333333333333336, (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, 37.333333333333336, 0.9090909090909091)) / 12) * 13
                                                                    = (sin(37.333333333333336) / 12) * 13
                                                                    = (-0.35767641068434347 / 12) * 13
                                                                    = -0.02980636755702862 * 13
                                                                    = -0.38748277824137206
`;

const SHORT_SHOWN = `\
Result: 6
Steps:
max(2, 3) + 3 = 3 + 3
              = 6
`;

Deno.test("client: shows the connection, the result and the steps as in the recorded runs", async () => {
  await using server = await RoleProcess.start("server");
  for (
    const [expression, request, response, shown] of [
      [LONG, 81, 548, LONG_SHOWN],
      [SHORT, 26, 38, SHORT_SHOWN],
    ] as const
  ) {
    const run = await runClient(server.address, [expression]);
    const peer = formatAddress(server.address);
    assertEquals(run, {
      status: 0,
      stdout: `\
{${peer}} Connection established
{${peer}} Sending request of length ${request} bytes
{${peer}} Got response of length ${response} bytes
${shown}\
{${peer}} Connection closed
`,
      stderr: "",
    });
  }
});

Deno.test("client: without expressions, it evaluates the long example", async () => {
  await using server = await RoleProcess.start("server");
  const [typed, example, ...empty] = await Promise.all([
    runClient(server.address, [LONG]),
    runClient(server.address, ["--example"]),
    runClient(server.address, []),
    runClient(server.address, [], { input: "" }),
  ]);
  assertEquals(example, typed);
  const stderr =
    'This is an example, as standard input is empty. Type an expression in quotes: "max(2, 3) + 3".\n';
  for (const run of empty) assertEquals(run, { ...typed, stderr });
});

Deno.test("client: blank lines, comments and a byte order mark are not nothing at all", async () => {
  const nowhere = unusedAddress();
  for (const input of ["\n", " \t\r\n", "\ufeff", "# nothing yet\n", " "]) {
    assertEquals(await runClient(nowhere, [], { input }), {
      status: 0,
      stdout: "",
      stderr: "",
    });
  }
});

Deno.test("client: what paper, other systems and files bring is understood", async () => {
  await using server = await RoleProcess.start("server");
  const typed = ["2 × 3", "6÷4", "5 − 3", "-π", "１＋２", "1_000"];
  const results = ["6", "1.5", "2", "-3.141592653589793", "3", "1000"];
  const stdout = results.map((result) => `Result: ${result}\n`).join("");
  const expected = { status: 0, stdout, stderr: "" };
  assertEquals(await runClient(server.address, [...QUIET, ...typed]), expected);
  const input = `\ufeff# a file\r\n${typed.join(" # and a comment\r")}`;
  assertEquals(await runClient(server.address, QUIET, { input }), expected);
});

Deno.test("client: only \\n, \\r\\n and \\r end the lines of a pipe", async () => {
  await using server = await RoleProcess.start("server");
  const input = "1 +\u2028 1\r2 +\u2029 2\r\n3 +\x0b 3\n";
  assertEquals(await runClient(server.address, QUIET, { input }), {
    status: 0,
    stdout: "Result: 2\nResult: 4\nResult: 6\n",
    stderr: "",
  });
});

Deno.test("client: several expressions share one connection", async () => {
  await using server = await RoleProcess.start("server");
  const { status, stdout } = await runClient(server.address, [
    ...["--no-steps", "1 + 2", "1 / 0", "2 ** 100"],
  ]);
  assertEquals(lettered(stdout.split("\n")), [
    "{A} Connection established",
    "{A} Sending request of length 18 bytes",
    "{A} Got response of length 16 bytes",
    "Result: 3",
    "{A} Sending request of length 18 bytes",
    "{A} Got response of length 58 bytes",
    "{A} Got error: division by zero",
    "{A} Sending request of length 21 bytes",
    "{A} Got response of length 46 bytes",
    "Result: 1267650600228229401496703205376",
    "{A} Connection closed",
    "",
  ]);
  assertEquals(status, 1);
  await server.printed("Connection closed");
  const opened = server.lines.filter((line) => line.includes("established"));
  assertEquals(opened.length, 1);
});

Deno.test("client: an expression may begin with a minus sign", async () => {
  await using server = await RoleProcess.start("server");
  for (
    const [args, results] of [
      [["-5"], ["-5"]],
      [["-(2 + 3)"], ["-5"]],
      [["-sqrt(4)"], ["-2.0"]],
      [["-.5"], ["-0.5"]],
      [["--5"], ["5"]],
      [["-pi * 2"], ["-6.283185307179586"]],
      [["-pi - 2"], ["-5.141592653589793"]],
      [["-e - 1", "-e-1"], ["-3.718281828459045", "-3.718281828459045"]],
      [["-tau-1"], ["-7.283185307179586"]],
      [["-E**2", "-e % 2"], ["-7.3890560989306495", "1.281718171540955"]],
      [["-inf - 1", "-inf"], ["-inf", "-inf"]],
      [["-max (2, 3) - 1", "-sqrt(4)-1"], ["-4", "-3.0"]],
      [["--", "-pi"], ["-3.141592653589793"]],
      [["--", "--5", "-e"], ["5", "-2.718281828459045"]],
    ] as const
  ) {
    assertEquals(await runClient(server.address, [...QUIET, ...args]), {
      status: 0,
      stdout: results.map((result) => `Result: ${result}\n`).join(""),
      stderr: "",
    });
  }
});

Deno.test("client: -q leaves result and steps, --no-steps the result and the log", async () => {
  await using server = await RoleProcess.start("server");
  const quiet = await runClient(server.address, ["-q", SHORT]);
  assertEquals(quiet.stdout, SHORT_SHOWN);
  const brief = await runClient(server.address, ["--no-steps", SHORT]);
  assertEquals(lettered(brief.stdout.split("\n")), [
    "{A} Connection established",
    "{A} Sending request of length 26 bytes",
    "{A} Got response of length 16 bytes",
    "Result: 6",
    "{A} Connection closed",
    "",
  ]);
});

Deno.test("client: computes each line of a pipe, blank ones aside, over one connection", async () => {
  await using server = await RoleProcess.start("server");
  for (const input of ["\n1 + 2\n\n  \t\n-pi\n", "1 + 2\r\n-pi"]) {
    const run = await runClient(server.address, QUIET, { input });
    assertEquals(run, {
      status: 0,
      stdout: "Result: 3\nResult: -3.141592653589793\n",
      stderr: "",
    });
  }
  await server.printed("Connection closed", 2);
  const opened = server.lines.filter((line) => line.includes("established"));
  assertEquals(opened.length, 2);
});

Deno.test("client: an invalid line of a pipe does not stop it", async () => {
  await using server = await RoleProcess.start("server");
  const input = "1 +\n1 / 0\nhelp\n1 + 2\n";
  assertEquals(await runClient(server.address, QUIET, { input }), {
    status: 2,
    stdout: "Result: 3\n",
    stderr: `\
1 +
   ^ expected a number, a name, "(" or a sign, found the end
1 / 0: division by zero
help
^ unknown name "help"
`,
  });
});

Deno.test("client: a failed evaluation is exit status 1", async () => {
  await using server = await RoleProcess.start("server");
  const failures: [expression: string, message: string][] = [
    ["1 / 0", "division by zero"],
    ["1 % 0", "remainder of a division by zero"],
    ["sqrt(-1)", "the square root of a negative number is not a real number"],
    ["10.0 ** 400", "the power is too large for a double (at most 1.8e+308)"],
    ["9 ** 9 ** 9", "an integer may have at most 4300 digits"],
  ];
  for (const [expression, message] of failures) {
    const loud = await runClient(server.address, [expression]);
    assertEquals(lettered(loud.stdout.split("\n")).slice(-3), [
      `{A} Got error: ${message}`,
      "{A} Connection closed",
      "",
    ]);
    assertEquals([loud.status, loud.stderr], [1, ""]);
  }
});

Deno.test("client: under -q the message of a failed calculation is on standard error", async () => {
  await using server = await RoleProcess.start("server");
  assertEquals(await runClient(server.address, ["-q", "1/0"]), {
    status: 1,
    stdout: "",
    stderr: "1/0: division by zero\n",
  });
});

Deno.test("client: an arrow points at what is wrong with an expression, and nothing is sent", async () => {
  const operand = 'expected a number, a name, "(" or a sign';
  const faults: [expression: string, shown: string, arrow: string][] = [
    ["1 +", "1 +", `   ^ ${operand}, found the end`],
    ["", "", `^ ${operand}, found the end`],
    ["1 + * 2", "1 + * 2", `    ^ ${operand}, found "*"`],
    ["1\t+\n)", "1 + )", `    ^ ${operand}, found ")"`],
    ["(1", "(1", '  ^ expected an operator or ")", found the end'],
    ["2 $ 3", "2 $ 3", '  ^ expected an operator or the end, found "$"'],
    ["1 + 😀", "1 + 😀", `    ^ ${operand}, found "😀"`],
    [
      "1 + maxx(2, 3)",
      "1 + maxx(2, 3)",
      '    ^ unknown function "maxx": did you mean "max"?',
    ],
    ["2 * Tua", "2 * Tua", '    ^ unknown name "Tua": did you mean "tau"?'],
    ["blah", "blah", '^ unknown name "blah"'],
    ["1_000 × $", "1_000 × $", `        ^ ${operand}, found "$"`],
    [
      "１＋１ $",
      "１＋１ $",
      '       ^ expected an operator or the end, found "$"',
    ],
    ["2 * x", "2 * x", '    ^ unknown name "x": there are no variables'],
    ["pi(2)", "pi(2)", "^ pi is a constant and takes no arguments"],
    [
      "9".repeat(4301),
      `${"9".repeat(60)}…`,
      "^ an integer may have at most 4300 digits",
    ],
  ];
  const runs = await Promise.all(
    faults.map(async ([expression, ...shown]) =>
      [shown, await runClient(unusedAddress(), [expression])] as const
    ),
  );
  for (const [shown, run] of runs) {
    const stderr = `${shown.join("\n")}\n`;
    assertEquals(run, { status: 2, stdout: "", stderr });
  }
});

Deno.test("client: the worst of several outcomes is the exit status", async () => {
  await using server = await RoleProcess.start("server");
  for (
    const [expressions, status] of [
      [["1", "2"], 0],
      [["1 / 0", "2"], 1],
      [["1 +", "2"], 2],
      [["1 +", "1 / 0"], 2],
    ] as const
  ) {
    const run = await runClient(server.address, [...expressions]);
    assertEquals(run.status, status);
  }
});

Deno.test("client: no answer is an error with exit status 3", async () => {
  await using hangingUp = rudeServer("");
  await using halfway = rudeServer("\0".repeat(11));
  await using garbling = rudeServer("\0".repeat(12));
  for (
    const [address, message] of [
      [unusedAddress(), /^Connection refused by A$/],
      [{ hostname: "a..b", port: 1 }, /^Cannot connect to a\.\.b:1: .+$/],
      [hangingUp.address, /^A closed the connection before its answer$/],
      [
        halfway.address,
        /^A closed the connection in the middle of its answer: 11 bytes of a frame .+$/,
      ],
      [garbling.address, /^A sent an invalid response: .+$/],
    ] as const
  ) {
    const { status, stderr } = await runClient(address, [SHORT]);
    const [line = "", ...rest] = lettered(stderr.split("\n"));
    assertMatch(line, message);
    assertEquals([rest, status], [[""], 3]);
  }
});

Deno.test("client: a timeout, its own or a proxy's, is an error with exit status 3", async () => {
  // The system accepts connections for it, but nothing answers.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(silent.addr), "--upstream-timeout", "0.2"],
  ]);
  const [direct, between] = await Promise.all([
    runClient(silent.addr, ["--timeout", "0.2", SHORT]),
    runClient(proxy.address, ["-q", SHORT]),
  ]);
  assertEquals(lettered([direct.stderr]), ["No answer from A within 0.2 s\n"]);
  assertEquals(
    between.stderr,
    `${SHORT}: Internal proxy error: Server did not answer in time and the request was not in the cache or was stale\n`,
  );
  assertEquals([direct.status, between.status], [3, 3]);
});

Deno.test("client: --json prints a line of JSON for each expression, and nothing else", async () => {
  await using server = await RoleProcess.start("server");
  const { status, stdout, stderr } = await runClient(server.address, [
    ...["--json", "1+2", "2**64", "7", "1/0", "1 +", "maxx(1, 2)"],
  ]);
  assertEquals(outcomes(stdout), [
    { expression: "1 + 2", result: "3", steps: ["1 + 2", "3"] },
    {
      expression: "2 ** 64",
      result: "18446744073709551616",
      steps: ["2 ** 64", "18446744073709551616"],
    },
    { expression: "7", result: "7", steps: [] },
    {
      expression: "1 / 0",
      error: {
        name: "DivisionByZero",
        message: "division by zero",
        status: 400,
      },
    },
    {
      expression: "1 +",
      error: {
        name: "SyntaxError",
        message: 'expected a number, a name, "(" or a sign, found the end',
        status: 400,
        position: 3,
      },
    },
    {
      expression: "maxx(1, 2)",
      error: {
        name: "UnknownName",
        message: 'unknown function "maxx": did you mean "max"?',
        status: 400,
        position: 0,
      },
    },
  ]);
  assertEquals([status, stderr], [2, ""]);
});

Deno.test("client: --json distinguishes no answer from status 500", async () => {
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(unusedAddress()), "--attempts", "1"],
  ]);
  const nowhere = unusedAddress();
  for (
    const [address, error] of [
      [proxy.address, {
        name: "ProxyError",
        message:
          "Internal proxy error: Connection refused by server and the request was not in the cache or was stale",
        status: 500,
      }],
      [nowhere, {
        name: "NoAnswerError",
        message: `Connection refused by ${formatAddress(nowhere)}`,
      }],
    ] as const
  ) {
    const run = await runClient(address, ["--json", "1+2"]);
    assertEquals(outcomes(run.stdout), [{ expression: "1 + 2", error }]);
    assertEquals([run.status, run.stderr], [3, ""]);
  }
});

Deno.test("client: text from a server cannot control the terminal", async () => {
  const hostile = "\x1b]0;\x07\x9b2J\u202e\u2028\ufeff\u{e0041}";
  const shown = "\\x1b]0;\\x07\\x9b2J\\u202e\\u2028\\ufeff\\u{e0041}";
  await using server = serve(
    { port: 0 },
    (request) =>
      decodeRequest(request) === "1 / 0"
        ? encodeClientError({ name: hostile, message: hostile })
        : encodeSuccess({ result: hostile, steps: [hostile, hostile] }),
  );
  const [quiet, told, json] = await Promise.all([
    runClient(server.address, ["-q", "1 + 2", "1 / 0"]),
    runClient(server.address, ["1 / 0"]),
    runClient(server.address, ["--json", "1 + 2", "1 / 0"]),
  ]);
  assertEquals(
    [quiet.stdout, quiet.stderr],
    [
      `Result: ${shown}\nSteps:\n${shown} = ${shown}\n`,
      `1 / 0: ${shown}\n`,
    ],
  );
  assert(told.stdout.includes(`} Got error: ${shown}\n`), told.stdout);
  assert(!/[^\P{C}\n]|[\u2028\u2029]/u.test(json.stdout), json.stdout);
  assertEquals(outcomes(json.stdout), [
    { expression: "1 + 2", result: hostile, steps: [hostile, hostile] },
    {
      expression: "1 / 0",
      error: { name: hostile, message: hostile, status: 400 },
    },
  ]);
});

Deno.test("client: an answer that is not UTF-8 is no answer", async () => {
  const answer = encodeSuccess({ result: "2", steps: ["1 + 1", "2"] });
  const broken = answer.bytes.slice();
  broken[broken.lastIndexOf(0x32)] = 0xff;
  await using server = serve({ port: 0 }, () => new Frame(broken));
  const run = await runClient(server.address, ["-q", "1 + 1"]);
  assertEquals([run.status, run.stdout], [3, ""]);
  assert(run.stderr.includes("found a string that is not UTF-8"), run.stderr);
});

Deno.test("client: --json and --no-steps leave the steps empty", async () => {
  await using server = await RoleProcess.start("server");
  const args = ["--json", "--no-steps"];
  const { stdout } = await runClient(server.address, args, { input: "1+2" });
  assertEquals(outcomes(stdout), [
    { expression: "1 + 2", result: "3", steps: [] },
  ]);
});

Deno.test("client: a result of 4300 digits comes through whole", async () => {
  await using server = await RoleProcess.start("server");
  const digits = "9".repeat(4300);
  const { stdout } = await runClient(server.address, ["-q", digits]);
  assertEquals(stdout, `Result: ${digits}\n`);
});

Deno.test("client: --json tells what was typed, what the header says, and what was measured", async () => {
  const timeStamp = Math.floor(Date.now() / 1000) - 100;
  await using server = serve({ port: 0 }, (request) => {
    const result = decodeRequest(request);
    return encodeSuccess({ result, steps: [] }, { cache: result === "7" })
      .with({ timeStamp });
  });
  const { stdout } = await runClient(server.address, [
    ...["--json", "07", "(8)", "8 +"],
  ]);
  const lines = parseLines(stdout);
  const answers = lines.slice(0, 2).map(
    ({ age = NaN, elapsed = NaN, ...rest }) => {
      assert(age >= 100 && age < 200);
      assert(elapsed > 0 && elapsed < 60_000);
      return rest;
    },
  );
  const measured = { timeStamp, requestBytes: 14, responseBytes: 16 };
  assertEquals(answers, [
    {
      ...{ input: "07", expression: "7", result: "7", steps: [] },
      ...{ maxAge: "inf", cache: true, ...measured },
    },
    {
      ...{ input: "(8)", expression: "8", result: "8", steps: [] },
      ...{ maxAge: 0, cache: false, ...measured },
    },
  ]);
  // Nothing was sent, so there is nothing to measure.
  assertEquals(Object.keys(lines[2] ?? {}), ["input", "expression", "error"]);
});

Deno.test("client: --json tells of a failure what there is to tell", async () => {
  const { stdout } = await runClient(unusedAddress(), ["--json", "1+2"]);
  for (const { elapsed = NaN, error: _, ...rest } of parseLines(stdout)) {
    assert(elapsed > 0);
    assertEquals(rest, { input: "1+2", expression: "1 + 2", requestBytes: 18 });
  }
});

/** What `--json` prints for an expression. */
interface Printed {
  readonly input: string;
  readonly expression: string;
  readonly result?: string;
  readonly steps?: readonly string[];
  readonly error?: unknown;
  readonly age?: number;
  readonly requestBytes?: number;
  readonly elapsed?: number;
}

function parseLines(stdout: string): Printed[] {
  assert(stdout.endsWith("\n"));
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** What came of each expression, without what is measured. */
function outcomes(stdout: string): unknown[] {
  return parseLines(stdout).map(({ expression, result, steps, error }) =>
    error ? { expression, error } : { expression, result, steps }
  );
}

Deno.test({
  name: "client: exits when the reader of its results is gone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using server = await RoleProcess.start("server");
    const { port } = server.address;
    const { stdout } = await new Deno.Command("sh", {
      args: [
        "-c",
        `yes 1+1 | "${Deno.execPath()}" run -N client.ts -q -p ${port} | head -1`,
      ],
      cwd: new URL("../..", import.meta.url),
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "Result: 2\n");
  },
});
