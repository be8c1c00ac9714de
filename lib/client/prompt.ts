import process from "node:process";
import { createInterface } from "node:readline";
import { constants } from "../expression/constants.ts";
import { functions } from "../expression/functions.ts";
import { binaryOperators } from "../expression/operators.ts";

/** The lines typed at a prompt, with editing, history and completion of names. */
export async function* prompt(): AsyncGenerator<string> {
  console.log('Type an expression, "help", or Ctrl-D to exit.');
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
      // Standard input may have been closed meanwhile.
      if (isOpen) lines.prompt();
    }
    // Ctrl-D leaves the cursor after the prompt.
    console.log();
  } finally {
    lines.close();
  }
}

/** The names that complete the last word of a line, and that word. */
function complete(line: string): [string[], string] {
  const word = /[a-z]*$/i.exec(line)?.[0] ?? "";
  const names = [
    ...functions.keys().map((name) => `${name}(`),
    ...constants.keys(),
  ];
  return [names.filter((name) => name.startsWith(word.toLowerCase())), word];
}

function help(): string {
  const calls = [...functions.values()].map(
    ({ name, arity: [min, max] }) => {
      if (max === Infinity) return `${name}(a, b, …)`;
      const required = ["a", "b", "c"].slice(0, min).join(", ");
      return max > min ? `${name}(${required}[, …])` : `${name}(${required})`;
    },
  );
  return [
    `Numbers    7  2.5  .5  1e-3  (integers are exact)`,
    `Operators  ${
      [...binaryOperators.keys()].join("  ")
    }  ( )  and the signs - +`,
    `Functions  ${calls.join("  ")}`,
    `Constants  ${[...constants.keys()].join("  ")}`,
    `To exit    Ctrl-D, exit or quit`,
  ].join("\n");
}
