import { DEFAULT_ENTRIES, ResponseStore } from "./lib/cache/mod.ts";
import { proxy } from "./lib/proxy.ts";
import {
  address,
  milliseconds,
  seconds,
  wholeNumber,
} from "./lib/terminal/kinds.ts";
import { listen, listenFlags } from "./lib/terminal/listen.ts";
import { logCacheEvent, logFailure, proxyLog } from "./lib/terminal/log.ts";
import { run } from "./lib/terminal/run.ts";

await run({
  name: "proxy",
  summary:
    "Passes requests on to a server and caches what it answers, as far as both sides allow.",
  flags: {
    ...listenFlags(9998),
    server: {
      short: "s",
      takes: "HOST:PORT",
      fallback: "127.0.0.1:9999",
      help: "server to ask",
    },
    entries: {
      takes: "N",
      fallback: `${DEFAULT_ENTRIES}`,
      help: "how many answers to keep at most",
    },
    attempts: {
      takes: "N",
      fallback: "5",
      help: "how often to try a server that refuses",
    },
    "retry-delay": {
      takes: "MS",
      fallback: "500",
      help: "milliseconds between two attempts",
    },
    "upstream-timeout": {
      takes: "SECONDS",
      fallback: "5",
      help: "how long to wait for the server's answer",
    },
  },
  examples: [
    ["", "listen on 127.0.0.1:9998, ask 127.0.0.1:9999"],
    ["-s calc.example:9999", "ask another server"],
    ["--entries 100 --attempts 1", "a small cache, no second attempt"],
  ],
}, (line) => {
  const store = new ResponseStore(line.value("entries", wholeNumber(1, 1e7)));
  const server = line.value("server", address);
  const handler = proxy(server, store, {
    attempts: line.value("attempts", wholeNumber(1, 1000)),
    retryDelay: line.value("retry-delay", milliseconds),
    timeout: 1000 * line.value("upstream-timeout", seconds),
    ...(line.has("quiet")
      ? {}
      : { report: logCacheEvent, reportFailure: logFailure }),
  });
  return listen(line, handler, proxyLog);
});
