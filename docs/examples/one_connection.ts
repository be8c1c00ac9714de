// Evaluates each line of standard input, a pipe or a file, over one connection.
// deno run -N docs/examples/one_connection.ts 127.0.0.1:9999 < expressions.txt

import { stdin } from "node:process";
import { createInterface } from "node:readline";
import { calculate, connect, NoAnswerError } from "@calculator/tcp";
import { parseAddress } from "@calculator/tcp/net";

const [server = "127.0.0.1:9999"] = Deno.args;
const address = parseAddress(server);
if (!address) throw new TypeError(`Expected HOST:PORT: found "${server}"`);
using connection = await connect(address);

for await (const line of createInterface({ input: stdin })) {
  try {
    const { result } = await calculate(connection, line, { steps: false });
    console.log(`${line} = ${result}`);
  } catch (error) {
    // After any other error, the connection can still be used.
    if (error instanceof NoAnswerError) throw error;
    console.log(`${line}: ${error}`);
  }
}
