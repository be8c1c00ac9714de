import process from "node:process";
import { createInterface } from "node:readline";
import { constants } from "../expression/constants.ts";
import { functions } from "../expression/functions.ts";
import { binaryOperators } from "../expression/operators.ts";

/** The lines typed at a prompt, with editing, history and completion of names. */
export async function* prompt(): AsyncGenerator<string> {
  console.log('Type an expression, "help", or Ctrl-D to end.');
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: "> ",
    completer: complete,
  });
  let isOpen = true;
  lines.on("close", () => isOpen = false);
  lines.prompt();
  try {
    for await (const line of lines) {
      const typed = line.trim().toLowerCase();
      if (typed === "exit" || typed === "quit") return;
      if (typed === "help") console.log(help());
      else if (typed !== "") yield line;
      // It may have been ended while the answer was awaited.
      if (isOpen) lines.prompt();
    }
    // Ctrl-D has left the cursor behind the prompt.
    console.log();
  } finally {
    lines.close();
  }
}

/** The names that may complete the one at the end of a line, and what there is of it. */
function complete(line: string): [string[], string] {
  const begun = /[a-z]*$/i.exec(line)?.[0] ?? "";
  const names = [
    ...functions.keys().map((name) => `${name}(`),
    ...constants.keys(),
  ];
  return [names.filter((name) => name.startsWith(begun.toLowerCase())), begun];
}

function help(): string {
  const calls = [...functions.values()].map(
    ({ name, arity: [least, most] }) => {
      if (most === Infinity) return `${name}(a, b, …)`;
      const needed = ["a", "b", "c"].slice(0, least).join(", ");
      return most > least ? `${name}(${needed}[, …])` : `${name}(${needed})`;
    },
  );
  return [
    `Numbers    7  2.5  .5  1e-3, integers of any size`,
    `Operators  ${
      [...binaryOperators.keys()].join("  ")
    }, the signs - and +, ( )`,
    `Functions  ${calls.join("  ")}`,
    `Constants  ${[...constants.keys()].join("  ")}`,
    `To end     Ctrl-D, exit or quit`,
  ].join("\n");
}
