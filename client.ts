import type { CalculateOptions } from "./lib/client/calculate.ts";
import {
  expressions,
  isInteractive,
  NEGATIVE,
} from "./lib/client/expressions.ts";
import {
  hostname,
  maxAge,
  payloadFormat,
  port,
  seconds,
} from "./lib/terminal/flag_values.ts";
import { jsonReport, textReport } from "./lib/client/report.ts";
import { run } from "./lib/terminal/run.ts";
import { Session } from "./lib/client/session.ts";
import { trust, trustFlags } from "./lib/terminal/tls_flags.ts";

await run({
  name: "client",
  summary: "Evaluates expressions on a server, directly or through a proxy.",
  flags: {
    Connecting: {
      host: {
        short: "H",
        takes: "HOST",
        fallback: "127.0.0.1",
        help: "host to connect to",
      },
      port: {
        short: "p",
        takes: "PORT",
        fallback: "9999",
        help: "port to connect to: servers use 9999, proxies 9998",
      },
      timeout: {
        takes: "SECONDS",
        fallback: "10",
        help: "how long to wait for an answer",
      },
      ...trustFlags(),
    },
    Requests: {
      "no-steps": { help: "ask for the result only" },
      "no-cache": { help: "neither accept a cached answer nor allow caching" },
      "max-age": {
        takes: "SECONDS",
        fallback: "inf",
        help: "oldest cached answer to accept, inf for any, 0 for none",
      },
      payload: {
        takes: "FORMAT",
        fallback: "msgpack",
        help: "msgpack, or pickle for older servers",
      },
      example: { help: "evaluate a long example" },
    },
    Output: {
      json: { help: "print one JSON object per expression" },
    },
  },
  operands: "[EXPRESSION …]",
  negative: NEGATIVE,
  examples: [
    ['"max(2, 3) + 3"', "ask a server"],
    ['-p 9998 "2 ** 100" "1 / 3"', "ask a proxy, twice"],
    ["", "read expressions from a prompt or a pipe, one per line"],
  ],
  notes: {
    Steps: [
      "max(2, 3) + 3 = 3 + 3",
      "              = 6",
      "On a terminal, what is computed next is cyan and what has just changed is",
      "green, or both are underlined with NO_COLOR. Long steps fit the window.",
    ],
    Expressions: [
      "Quote them, as the shell splits them and replaces a *. The client accepts",
      "× · ÷ − π, full-width characters and 1_000; in a pipe, # begins a comment.",
    ],
  },
}, async (line) => {
  const address = {
    hostname: line.value("host", hostname),
    port: line.value("port", port),
  };
  const tls = trust(line);
  const options: CalculateOptions = {
    steps: !line.has("no-steps"),
    cache: !line.has("no-cache"),
    maxAge: line.value("max-age", maxAge),
    format: line.value("payload", payloadFormat),
    timeout: 1000 * line.value("timeout", seconds),
    ...(tls && { tls }),
  };
  const report = line.has("json")
    ? jsonReport()
    : textReport(line.has("quiet"));
  using session = new Session(address, options, report);
  let status = 0;
  for await (const expression of expressions(line)) {
    status = Math.max(status, await session.calculate(expression));
  }
  return isInteractive(line) ? 0 : status;
});
