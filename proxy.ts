import {
  DEFAULT_BYTES,
  DEFAULT_ENTRIES,
  ResponseStore,
} from "./lib/cache/mod.ts";
import { formatAddress } from "./lib/net/mod.ts";
import { proxy } from "./lib/proxy.ts";
import { CacheCounters } from "./lib/watch/counters.ts";
import {
  address,
  bytes,
  hostname,
  listenPort,
  milliseconds,
  seconds,
  wholeNumber,
} from "./lib/terminal/flag_values.ts";
import { isItself } from "./lib/role/self_loop.ts";
import { listen, listenFlags } from "./lib/role/role.ts";
import {
  logCacheEvent,
  logFailure,
  proxyLog,
  quietLog,
} from "./lib/watch/log.ts";
import { run } from "./lib/terminal/run.ts";
import { trust, trustFlags } from "./lib/terminal/tls_flags.ts";

await run({
  name: "proxy",
  summary:
    "Passes requests on to a server and caches what it answers, as far as both sides allow.",
  flags: listenFlags(9998, {
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
    "cache-bytes": {
      takes: "BYTES",
      fallback: `${DEFAULT_BYTES / 1024 ** 2}M`,
      help: "how much memory they may take up",
    },
    "stale-if-error": {
      takes: "SECONDS",
      fallback: "0",
      help: "how long stale answers may stand in for a server that fails",
    },
    attempts: {
      takes: "N",
      fallback: "5",
      help: "how many times to try a server that fails before it answers",
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
    "upstream-connections": {
      takes: "N",
      fallback: "0",
      help: "how many idle connections to the server to keep for misses",
    },
    ...trustFlags("upstream-"),
  }),
  examples: [
    ["", "listen on 127.0.0.1:9998, ask 127.0.0.1:9999"],
    ["-s calc.example:9999", "ask another server"],
    ["--entries 100 --attempts 1", "a small cache, no second attempt"],
  ],
}, async (line) => {
  const server = line.value("server", address);
  const listening = {
    hostname: line.value("host", hostname),
    port: line.value("port", listenPort),
  };
  if (await isItself(listening, server)) {
    throw new Error(
      `the server at ${
        formatAddress(server)
      } is this proxy itself: choose another one with -s`,
    );
  }
  const closing = new AbortController();
  const status = await listen(line, (log) => {
    const store = new ResponseStore({
      maxEntries: line.value("entries", wholeNumber(1, 1e7)),
      maxBytes: line.value("cache-bytes", bytes),
    });
    const counters = new CacheCounters(store);
    const tls = trust(line, "upstream-");
    const handler = proxy(server, store, {
      attempts: line.value("attempts", wholeNumber(1, 1000)),
      retryDelay: line.value("retry-delay", milliseconds),
      timeout: 1000 * line.value("upstream-timeout", seconds),
      maxIdleConnections: line.value(
        "upstream-connections",
        wholeNumber(0, 10_000),
      ),
      signal: closing.signal,
      ...(tls && { tls }),
      staleIfError: line.value("stale-if-error", wholeNumber(0, 86_400)),
      report(event, client) {
        counters.count(event);
        if (log) logCacheEvent(log, event, client);
      },
      reportFailure(error, client) {
        counters.countFailure(error);
        if (log) logFailure(log, error, client);
      },
    });
    return {
      handler,
      events: log ? proxyLog(log) : quietLog,
      counts: () => counters.counts,
    };
  });
  closing.abort();
  return status;
});
