import { calculator } from "./lib/calculator.ts";
import { maxAge } from "./lib/terminal/flag_values.ts";
import { listen, listenFlags } from "./lib/role/role.ts";
import { quietLog, serverLog } from "./lib/watch/log.ts";
import { run } from "./lib/terminal/run.ts";

await run({
  name: "server",
  summary: "Computes arithmetic expressions, step by step, for whoever asks.",
  flags: listenFlags(9999, {
    "max-age": {
      takes: "SECONDS",
      fallback: "inf",
      help: "how long answers may be cached, inf for ever",
    },
    "no-cache": { help: "forbid caching of the answers" },
    "share-port": {
      help: "let others listen there too: one server for each core (Linux)",
    },
  }),
  examples: [
    ["", "listen on 127.0.0.1:9999"],
    ["-H :: -p 0", "on all interfaces, any free port"],
    ["--max-age 60", "answers may be cached for a minute"],
  ],
}, (line) => {
  const handler = calculator({
    cache: !line.has("no-cache"),
    maxAge: line.value("max-age", maxAge),
  });
  return listen(line, (log) => ({
    handler,
    events: log ? serverLog(log) : quietLog,
  }));
});
