import { assertEquals, assertThrows } from "@std/assert";
import { type Command, usage } from "../../lib/terminal/usage.ts";
import { CommandLine, UsageError } from "../../lib/terminal/command_line.ts";
import { NEGATIVE } from "../../lib/client/expressions.ts";
import {
  address,
  bytes,
  hostname,
  type Kind,
  listenPort,
  maxAge,
  milliseconds,
  port,
  wholeNumber,
} from "../../lib/terminal/flag_values.ts";

const command: Command = {
  name: "sample",
  summary: "Shows what a program may have.",
  flags: {
    port: { short: "p", takes: "PORT", fallback: "9999", help: "port to ask" },
    entries: { takes: "N", fallback: "10", help: "how many" },
    "no-steps": { help: "the result alone" },
  },
  operands: "[EXPRESSION …]",
  negative: NEGATIVE,
  examples: [["-p 1 2+2", "ask another"], ["", "ask"]],
};
const { operands: _, ...withoutOperands } = command;

/** What is read from a command line, or why it is refused. */
function read(typed: readonly string[], of: Command = command) {
  const line = new CommandLine(of, typed);
  return {
    port: line.value("port", port),
    entries: line.value("entries", wholeNumber(1, 100)),
    isQuiet: line.has("quiet"),
    isBrief: line.has("no-steps"),
    operands: line.operands,
  };
}

const NOTHING = {
  port: 9999,
  entries: 10,
  isQuiet: false,
  isBrief: false,
  operands: [],
};

const accepted: [what: string, typed: string[], changes: object][] = [
  ["no flag leaves the defaults", [], {}],
  ["a long flag takes the next word", ["--port", "80"], { port: 80 }],
  ["a long flag takes what follows =", ["--port=80"], { port: 80 }],
  ["a short flag takes the next word", ["-p", "80"], { port: 80 }],
  ["a short flag takes the digits that follow", ["-p80"], { port: 80 }],
  ["the last of several values counts", ["-p", "80", "-p", "81"], { port: 81 }],
  ["white space around a value is nothing", ["-p", " 80 "], { port: 80 }],
  ["a switch is on if it is there", ["--no-steps"], { isBrief: true }],
  ["a switch has a short form", ["-q"], { isQuiet: true }],
  ["short switches and a flag can be one word", ["-qp", "80"], {
    isQuiet: true,
    port: 80,
  }],
  ["a switch takes no word after it", ["--no-steps", "1"], {
    isBrief: true,
    operands: ["1"],
  }],
  ["operands keep their order", ["1 + 2", "-q", "3"], {
    isQuiet: true,
    operands: ["1 + 2", "3"],
  }],
  ["what looks like a number stays text", ["1e3", "0x10"], {
    operands: ["1e3", "0x10"],
  }],
  ["an empty operand is one", [""], { operands: [""] }],
  ["after -- everything is an operand", ["-q", "--", "-p", "--no-steps"], {
    isQuiet: true,
    operands: ["-p", "--no-steps"],
  }],
  ...[
    "-5",
    "-.5",
    "-(2 + 3)",
    "-sqrt(4)",
    "-pi * 2",
    "-pi",
    "-E",
    "-p % 2",
    "--5",
    "-+-5",
  ]
    .map((expression): [string, string[], object] => [
      `${expression} is an operand`,
      [expression],
      { operands: [expression] },
    ]),
];

for (const [what, typed, changes] of accepted) {
  Deno.test(`command line: ${what}`, () => {
    assertEquals(read(typed), { ...NOTHING, ...changes });
  });
}

const refused: [typed: string[], why: string][] = [
  [["--prot", "80"], "unknown flag --prot: did you mean --port?"],
  [["--nosteps"], "unknown flag --nosteps: did you mean --no-steps?"],
  [["--verbose"], "unknown flag --verbose"],
  [["-x"], 'unknown flag -x: after "--", -x is an expression'],
  [["--quiet=yes"], "--quiet takes no value"],
  [["--quiet="], "--quiet takes no value"],
  [["-p"], "--port takes a whole number from 1 to 65535: received nothing"],
  [
    ["--port="],
    "--port takes a whole number from 1 to 65535: received nothing",
  ],
  [
    ["--port", "--no-steps"],
    "--port takes a whole number from 1 to 65535: received nothing",
  ],
  [
    ["--port", "-1"],
    '--port takes a whole number from 1 to 65535: received "-1"',
  ],
  [
    ["--entries", "many"],
    '--entries takes a whole number from 1 to 100: received "many"',
  ],
];

for (const [typed, why] of refused) {
  Deno.test(`command line: ${typed.join(" ")} is refused: ${why}`, () => {
    const error = assertThrows(() => read(typed), UsageError);
    assertEquals(error.message, why);
  });
}

Deno.test("command line: operands are refused where none belong", () => {
  const run = () => read(["-q", "1 + 2"], withoutOperands);
  const error = assertThrows(run, UsageError);
  assertEquals(error.message, 'takes flags only: received "1 + 2"');
});

Deno.test("command line: where none belong, no operand is offered for an unknown flag", () => {
  const error = assertThrows(() => read(["-x"], withoutOperands), UsageError);
  assertEquals(error.message, "unknown flag -x");
});

const kinds: [kind: Kind<unknown>, good: [string, unknown][], bad: string[]][] =
  [
    [
      port,
      [["1", 1], ["65535", 65_535], ["0080", 80]],
      ["0", "65536", "-1", "1.5", "1e3", "0x10", "", "∞", "http", "80 81"],
    ],
    [listenPort, [["0", 0], ["65535", 65_535]], ["65536", "-1"]],
    [
      milliseconds,
      [["0", 0], ["86400000", 86_400_000]],
      ["86400001", "0.5", "10ms", "inf"],
    ],
    [wholeNumber(1, 3), [["1", 1], ["3", 3]], ["0", "4", "two"]],
    [
      maxAge,
      [["0", 0], ["65534", 65_534], ["inf", Infinity]],
      ["65535", "-1", "Infinity", "INF", "forever", ""],
    ],
    [
      hostname,
      [
        ["localhost", "localhost"],
        ["::1", "::1"],
        ["[::1]", "::1"],
        ["fe80::1%eth0", "fe80::1%eth0"],
        ["0.0.0.0", "0.0.0.0"],
      ],
      ["", "a b", "http://localhost", "a/b", "localhost:9999", "[::1]:9999"],
    ],
    [
      bytes,
      [
        ["1024", 1024],
        ["512K", 524_288],
        ["64m", 67_108_864],
        ["2G", 2_147_483_648],
      ],
      ["", "0", "1023", "K", "-1", "1.5M", "64MB", "1e6", "65G", " "],
    ],
    [
      address,
      [
        ["127.0.0.1:9999", { hostname: "127.0.0.1", port: 9999 }],
        ["[::1]:80", { hostname: "::1", port: 80 }],
        ["calc.example:1", { hostname: "calc.example", port: 1 }],
      ],
      [
        "localhost",
        ":9999",
        "::1:9999",
        "a:b",
        "a:65536",
        "a:0",
        "a:",
        "",
        "a b:1",
      ],
    ],
  ];

for (const [kind, good, bad] of kinds) {
  Deno.test(`kinds: ${kind.expected}`, () => {
    for (const [text, value] of good) assertEquals(kind.read(text), value);
    for (const text of bad) assertEquals(kind.read(text), undefined, text);
  });
}

Deno.test("usage: shows flags with their defaults, operands and examples in columns", () => {
  assertEquals(
    usage(command),
    `\
Shows what a program may have.

Usage: deno run -N sample.ts [FLAGS] [EXPRESSION …]

Flags:
  -p, --port PORT  port to ask [9999]
      --entries N  how many [10]
      --no-steps   the result alone
  -q, --quiet      print no log lines
  -h, --help       print this and end
      --version    print the version and end

Examples:
  deno run -N sample.ts -p 1 2+2  ask another
  deno run -N sample.ts           ask`,
  );
});

Deno.test("usage: promises no operands where none belong", () => {
  const [, , line] = usage(withoutOperands).split("\n");
  assertEquals(line, "Usage: deno run -N sample.ts [FLAGS]");
});
