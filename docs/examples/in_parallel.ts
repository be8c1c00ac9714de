// Evaluates each line of a file, over eight connections, with a progress bar.
// deno run -N -R docs/examples/in_parallel.ts expressions.txt 127.0.0.1:9999

import { stderr } from "node:process";
import { calculate, connect, NoAnswerError } from "@calculator/tcp";
import { parseAddress } from "@calculator/tcp/net";

const [file = "expressions.txt", server = "127.0.0.1:9999"] = Deno.args;
const address = parseAddress(server);
if (!address) throw new TypeError(`Expected HOST:PORT: found "${server}"`);
const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
const results: string[] = [];

// All connections take their next line from here.
const queue = lines.entries();
let done = 0;

await Promise.all(Array.from({ length: 8 }, async () => {
  using connection = await connect(address);
  for (const [index, line] of queue) {
    const answer = calculate(connection, line, { steps: false });
    results[index] = await answer.then(({ result }) => result, (error) => {
      if (error instanceof NoAnswerError) throw error;
      return `${error}`;
    });
    const bar = "#".repeat(40 * ++done / lines.length).padEnd(40, ".");
    stderr.write(`\r${bar} ${done} of ${lines.length}`);
  }
}));
console.log(lines.map((line, at) => `${line} = ${results[at]}`).join("\n"));
