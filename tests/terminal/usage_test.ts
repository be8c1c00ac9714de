import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Command, synopsis, usage } from "../../lib/terminal/usage.ts";

const command: Command = {
  name: "sample",
  summary:
    "Shows what a program may have, in a sentence that does not fit into one line.",
  flags: {
    Connecting: {
      port: {
        short: "p",
        takes: "PORT",
        fallback: "9999",
        help: "port to connect to",
      },
      "max-connections-of-each": { takes: "N", help: "too wide a name" },
    },
    Requests: {
      entries: {
        takes: "N",
        fallback: "10",
        help: "maximum number of entries, which takes two lines to say",
      },
      "no-steps": { help: "the result alone" },
      sum: {
        takes: "N",
        fallback: "0",
        isRepeatable: true,
        help: "number to add",
      },
    },
  },
  operands: "[EXPRESSION …]",
  examples: [["-p 1 2+2", "ask another"], ["", "ask"]],
};

Deno.test("usage: shows flags in groups with their defaults, operands and examples in columns", () => {
  assertEquals(
    usage(command),
    `\
Usage: deno run -N sample.ts [FLAGS] [EXPRESSION …]

Shows what a program may have, in a sentence that does not fit into one line.

Connecting:
  -p, --port PORT               port to connect to [9999]
      --max-connections-of-each N
                                too wide a name

Requests:
      --entries N               maximum number of entries, which takes two lines
                                to say [10]
      --no-steps                the result alone
      --sum N                   number to add; may be repeated [0]

General:
  -q, --quiet                   print no log lines
  -h, --help                    print this help and exit
      --version                 print the version and exit

Examples:
  deno run -N sample.ts -p 1 2+2
                                ask another
  deno run -N sample.ts         ask`,
  );
});

Deno.test("usage: lines have at most 80 columns, and no word is lost", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
  fc.assert(fc.property(words, words, (summary, help) => {
    const text = usage({
      ...command,
      summary: summary.join(" "),
      flags: { Own: { port: { takes: "PORT", help: help.join(" ") } } },
    });
    assertEquals(text.split("\n").filter((line) => line.length > 80), []);
    const shown = text.split(/\s+/).join(" ");
    assertEquals(shown.includes(` ${summary.join(" ")} Own: `), true);
    assertEquals(shown.includes(` --port PORT ${help.join(" ")} `), true);
  }));
});

Deno.test("usage: notes follow the examples", () => {
  const notes = { Steps: ["1 + 2 = 3", "      = …"] };
  assertEquals(
    usage({ ...command, notes }),
    `${usage(command)}\n\nSteps:\n  1 + 2 = 3\n        = …`,
  );
});

Deno.test("usage: shows no operands if the program takes none", () => {
  const { operands: _, ...withoutOperands } = command;
  assertEquals(
    synopsis(withoutOperands),
    "Usage: deno run -N sample.ts [FLAGS]",
  );
});
