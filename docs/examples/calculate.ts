// Evaluates one expression on a server or a proxy; three classes of errors.
// deno run -N docs/examples/calculate.ts "max(2, 3) + 3" 127.0.0.1:9999

import {
  calculate,
  ExpressionError,
  NoAnswerError,
  RemoteError,
} from "@calculator/tcp";
import { parseAddress } from "@calculator/tcp/net";

const [expression = "max(2, 3) + 3", server = "127.0.0.1:9999"] = Deno.args;
const address = parseAddress(server);
if (!address) throw new TypeError(`Expected HOST:PORT: found "${server}"`);

try {
  const { result, steps } = await calculate(address, expression);
  console.log([`Result: ${result}`, ...steps].join("\n  "));
} catch (error) {
  Deno.exitCode = 1;
  if (error instanceof ExpressionError) console.error(`Not sent: ${error}`);
  else if (error instanceof RemoteError) console.error(`Failed: ${error}`);
  else if (error instanceof NoAnswerError) console.error(`${error}`);
  else throw error;
}
