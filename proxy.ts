import {
  DEFAULT_BYTES,
  DEFAULT_ENTRIES,
  ResponseStore,
} from "./lib/cache/mod.ts";
import { proxy } from "./lib/proxy.ts";
import { runRole } from "./lib/role/role.ts";
import { roleFlags } from "./lib/role/role_flags.ts";
import { refuseSelfLoop } from "./lib/role/self_loop.ts";
import { sharedCache, sharedCacheFlags } from "./lib/role/shared_cache.ts";
import {
  address,
  bytes,
  milliseconds,
  seconds,
  wholeNumber,
} from "./lib/terminal/flag_values.ts";
import { run } from "./lib/terminal/run.ts";
import { trust, trustFlags } from "./lib/terminal/tls_flags.ts";

await run({
  name: "proxy",
  summary:
    "Forwards requests to a server, and caches the answers as long as both sides allow.",
  flags: roleFlags(9998, {
    Cache: {
      entries: {
        takes: "N",
        fallback: `${DEFAULT_ENTRIES}`,
        help: "maximum number of cached answers",
      },
      "cache-bytes": {
        takes: "BYTES",
        fallback: `${DEFAULT_BYTES / 1024 ** 2}M`,
        help: "maximum memory for cached answers",
      },
      "stale-if-error": {
        takes: "SECONDS",
        fallback: "0",
        help: "how long stale answers may be used if the server fails",
      },
      ...sharedCacheFlags,
    },
    Upstream: {
      server: {
        short: "s",
        takes: "HOST:PORT",
        fallback: "127.0.0.1:9999",
        isRepeatable: true,
        help: "server to forward to",
      },
      attempts: {
        takes: "N",
        fallback: "5",
        help: "maximum number of attempts to get an answer",
      },
      "retry-delay": {
        takes: "MS",
        fallback: "500",
        help: "how long to wait between attempts",
      },
      rest: {
        takes: "SECONDS",
        fallback: "10",
        help: "how long to skip a server that failed, if there are others",
      },
      "upstream-timeout": {
        takes: "SECONDS",
        fallback: "5",
        help: "how long to wait for the server's answer",
      },
      "upstream-connections": {
        takes: "N",
        fallback: "0",
        help: "maximum number of idle connections to keep, per server",
      },
      ...trustFlags("upstream-"),
    },
  }),
  examples: [
    ["", "listen on 127.0.0.1:9998, forward to 127.0.0.1:9999"],
    ["-s calc.example:9999", "forward to another server"],
    ["-s 10.0.0.1:9999 -s 10.0.0.2:9999", "forward to two servers in turn"],
    ["--entries 100 --attempts 1", "a small cache, no retries"],
    ["--shared redis://10.0.0.9", "a cache shared with other proxies"],
  ],
}, async (line) => {
  const servers = line.values("server", address);
  await refuseSelfLoop(line, servers);
  let tls = trust(line, "upstream-");
  const openShared = await sharedCache(line);
  const idle = wholeNumber(0, 10_000);
  const options = {
    store: new ResponseStore({
      maxEntries: line.value("entries", wholeNumber(1, 1e7)),
      maxBytes: line.value("cache-bytes", bytes),
    }),
    staleIfError: line.value("stale-if-error", wholeNumber(0, 86_400)),
    attempts: line.value("attempts", wholeNumber(1, 1000)),
    retryDelay: line.value("retry-delay", milliseconds),
    rest: 1000 * line.value("rest", seconds),
    timeout: 1000 * line.value("upstream-timeout", seconds),
    maxIdleConnections: line.value("upstream-connections", idle),
    ...(tls && { tls: () => tls ?? {} }),
  };
  return await runRole(line, {
    name: "proxy",
    store: options.store,
    isShared: openShared !== undefined,
    upstream: { servers, attempts: options.attempts },
    ...(tls && { reload: () => void (tls = trust(line, "upstream-")) }),
    handler(watch, signal) {
      const shared = openShared?.(watch, signal);
      const all = { ...options, watch, signal, ...(shared && { shared }) };
      return proxy(servers, all);
    },
  });
});
