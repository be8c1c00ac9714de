import type { CalculateOptions } from "./lib/client/calculate.ts";
import {
  expressions,
  isInteractive,
  NEGATIVE,
} from "./lib/client/expressions.ts";
import {
  fileName,
  hostname,
  maxAge,
  payloadFormat,
  port,
  seconds,
} from "./lib/terminal/flag_values.ts";
import { jsonReport, textReport } from "./lib/client/report.ts";
import { UsageError } from "./lib/terminal/command_line.ts";
import { detail, detailFlags } from "./lib/terminal/detail_flags.ts";
import { run } from "./lib/terminal/run.ts";
import { Session } from "./lib/client/session.ts";
import { startHint } from "./lib/client/start_hint.ts";
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
      every: {
        takes: "SECONDS",
        help: "repeat all expressions at this interval, until Ctrl-C",
      },
    },
    Output: {
      json: { help: "print one JSON object per expression" },
      history: {
        takes: "FILE",
        help: "keep the lines of the prompt in a file (needs -R -W)",
      },
      ...detailFlags("status, age and time taken"),
    },
  },
  operands: "[EXPRESSION …]",
  negative: NEGATIVE,
  examples: [
    ['"max(2, 3) + 3"', "ask a server"],
    ['-p 9998 "2 ** 100" "1 / 3"', "ask a proxy, twice"],
    ['-p 9998 -v --every 1 "6 * 7"', "watch a cached answer grow old"],
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
  const isJson = line.has("json");
  const shown = detail(line, isJson ? "--json" : undefined);
  const report = isJson ? jsonReport() : textReport(shown, {
    refused: startHint(address, tls !== undefined),
    untrusted:
      "--ca names an authority to trust, --cert and --key prove who you are",
  });
  // Loaded lazily: most runs are not traced.
  const tracing = shown.isTraced
    ? await import("./lib/client/trace.ts")
    : undefined;
  const options: CalculateOptions = {
    steps: !line.has("no-steps"),
    cache: !line.has("no-cache"),
    maxAge: line.value("max-age", maxAge),
    format: line.value("payload", payloadFormat),
    timeout: 1000 * line.value("timeout", seconds),
    ...(tls && { tls }),
    ...(tracing && { watch: tracing.trace }),
  };
  const every = line.optional("every", seconds);
  if (every !== undefined && isInteractive(line)) {
    throw new UsageError("--every needs an expression, or a pipe");
  }
  using session = new Session(address, options, report);
  if (every !== undefined) {
    const { repeat } = await import("./lib/client/repeat.ts");
    return await repeat(session, expressions(line), 1000 * every);
  }
  if (isInteractive(line)) {
    const historyFile = line.optional("history", fileName);
    // Loaded lazily: most runs need no prompt.
    const { prompt } = await import("./lib/client/prompt.ts");
    await prompt(session, historyFile);
    return 0;
  }
  let status = 0;
  for await (const expression of expressions(line)) {
    status = Math.max(status, await session.calculate(expression));
  }
  return status;
});
