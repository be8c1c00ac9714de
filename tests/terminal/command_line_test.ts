import { assertEquals, assertThrows } from "@std/assert";
import type { Command } from "../../lib/terminal/usage.ts";
import { CommandLine, UsageError } from "../../lib/terminal/command_line.ts";
import { NEGATIVE } from "../../lib/client/expressions.ts";
import { port, wholeNumber } from "../../lib/terminal/flag_values.ts";

const command: Command = {
  name: "sample",
  summary: "Shows what a program may have.",
  flags: {
    Connecting: {
      port: { short: "p", takes: "PORT", fallback: "9999", help: "its port" },
    },
    Requests: {
      entries: { takes: "N", fallback: "10", help: "how many" },
      "no-steps": { help: "the result alone" },
      server: {
        short: "s",
        takes: "PORT",
        isRepeatable: true,
        help: "whom to ask",
      },
      weight: {
        takes: "N",
        fallback: "1",
        isRepeatable: true,
        help: "how heavy",
      },
    },
  },
  operands: "[EXPRESSION …]",
  negative: NEGATIVE,
  examples: [["-p 1 2+2", "ask another"], ["", "ask"]],
};
const { operands: _, ...withoutOperands } = command;

/** What a command line parses to, or why it is refused. */
function read(typed: readonly string[], of: Command = command) {
  const line = new CommandLine(of, typed);
  return {
    port: line.value("port", port),
    entries: line.value("entries", wholeNumber(1, 100)),
    servers: line.values("server", port),
    weights: line.values("weight", wholeNumber(1, 100)),
    isQuiet: line.has("quiet"),
    isBrief: line.has("no-steps"),
    operands: line.operands,
  };
}

const NOTHING = {
  port: 9999,
  entries: 10,
  servers: [],
  weights: [1],
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
  [
    "all values of a repeatable flag count",
    ["-s", "80", "-q", "--server=81", "-s82", "--weight", "5"],
    { isQuiet: true, servers: [80, 81, 82], weights: [5] },
  ],
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
    ["-s", "80", "-s", "0"],
    '--server takes a whole number from 1 to 65535: received "0"',
  ],
  [
    ["-s", "80", "-s"],
    "--server takes a whole number from 1 to 65535: received nothing",
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

Deno.test("command line: operands are refused if the program takes none", () => {
  const run = () => read(["-q", "1 + 2"], withoutOperands);
  const error = assertThrows(run, UsageError);
  assertEquals(error.message, 'takes flags only: received "1 + 2"');
});

Deno.test("command line: if the program takes no operands, an unknown flag is not suggested as one", () => {
  const error = assertThrows(() => read(["-x"], withoutOperands), UsageError);
  assertEquals(error.message, "unknown flag -x");
});
