import type { ResponseStore } from "../cache/mod.ts";
import type { Upstream } from "../page/overview.ts";
import type { Server } from "../net/mod.ts";
import { type Handler, type Watch, watchAll } from "../protocol/mod.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { detail } from "../terminal/detail_flags.ts";
import {
  type FlagValue,
  listenAddress,
  seconds,
} from "../terminal/flag_values.ts";
import { printable } from "../terminal/printable.ts";
import { certificate } from "../terminal/tls_flags.ts";
import { Counters } from "../watch/counters.ts";
import type { Fact } from "../watch/fact.ts";
import { Log, type LogFormat } from "../watch/log.ts";
import type { RoleName } from "../watch/sentence.ts";
import { listen, serveOptions } from "./listen.ts";
import { startPage } from "./live_page.ts";
import { onSignals } from "./signals.ts";
import { warnOfCertificate, warnOfExposure } from "./warnings.ts";

/** A server or a proxy. */
export interface Role {
  /** Which of the two it is. */
  readonly name: RoleName;
  /** Creates its handler, which reports facts to `watch`. */
  readonly handler: (watch: Watch<Fact>, signal: AbortSignal) => Handler;
  /** Where it stores responses, if it has a cache. */
  readonly store?: ResponseStore;
  /** Whether it has a cache that other proxies share. */
  readonly isShared?: boolean;
  /** The servers that it forwards to, and the maximum number of attempts. */
  readonly upstream?: Upstream;
  /** Reads the files of its handler again, if it has any. Throws if that fails. */
  readonly reload?: () => void;
}

/**
 * Runs a role: listens according to the flags, logs and counts facts, and shuts
 * down on a signal.
 *
 * @param line The command line.
 * @param role The role.
 * @returns The exit status.
 */
export async function runRole(
  line: CommandLine,
  { name, handler, store, isShared, upstream, reload }: Role,
): Promise<number> {
  const format = line.value("log", logFormat);
  const json = format === "json" ? "--log json" : undefined;
  const { isQuiet, isVerbose, isTraced } = detail(line, json);
  const log = new Log(name, { format, isVerbose });
  const trace = isTraced ? await traceOf(log, name) : undefined;
  const counters = new Counters(store, isShared);
  let tls = certificate(line);
  const page = await startPage(line, {
    role: name,
    address: () => server.address,
    tls: () => tls,
    counters,
    ...(store && { store }),
    ...(upstream && { upstream }),
  });
  const watch = watchAll<Fact>(
    counters.watch,
    isQuiet ? reportFault : log.watch,
    trace,
    page?.watch,
  ) ?? log.watch;
  const logCounters = () => {
    log.watch({ type: "counters", counts: counters.read() });
    if (counters.servers.size < 2) return;
    for (const [server, counts] of counters.servers) {
      log.watch({ type: "server counters", server, counts });
    }
  };
  const reloadCertificates = () => {
    try {
      const renewed = certificate(line);
      reload?.();
      if (renewed) server.reloadTls(renewed);
      tls = renewed;
      log.watch({ type: "reloaded" });
      void warnOfCertificate(tls);
    } catch (error) {
      log.watch({ type: "not reloaded", error });
    }
  };
  const ended = new AbortController();
  const options = serveOptions(line, tls, watch);
  const grace = 1000 * line.value("grace", seconds);
  let server: Server;
  try {
    server = listen(options, handler(watch, ended.signal));
  } catch (error) {
    page?.close();
    throw error;
  }
  await warnOfCertificate(tls);
  warnOfExposure(server.address, tls);
  // Installed before the log line: a signal may follow it immediately.
  const ignoreSignals = onSignals(
    () => {
      page?.drain();
      server.shutdown(grace);
    },
    logCounters,
    tls || reload ? reloadCertificates : undefined,
  );
  // A quiet role on any free port would not be found.
  const listens = isQuiet && options.port === 0 ? log.watch : watch;
  listens({ type: "listening", address: server.address });
  if (page) {
    const { port } = line.value("page", listenAddress);
    const reports = isQuiet && port === 0 ? log.watch : watch;
    reports({ type: "page", url: page.url });
  }
  await server.finished;
  ignoreSignals();
  ended.abort();
  page?.close();
  if (!isQuiet) logCounters();
  // The log may have no reader.
  const timer = setTimeout(() => Deno.exit(0), grace);
  await log.finished();
  clearTimeout(timer);
  // A handler that was abandoned may still wait for its upstream.
  Deno.unrefTimer(setTimeout(() => Deno.exit(0), EXIT_TIME));
  return 0;
}

/** How long remaining work may keep the process alive, in milliseconds. */
const EXIT_TIME = 100;

/** Even a quiet role reports internal errors, on standard error. */
function reportFault(fact: Fact): void {
  if (fact.type === "fault") {
    console.error(`Internal error: ${printable(`${fact.error}`)}`);
  }
}

async function traceOf(log: Log, name: RoleName): Promise<Watch<Fact>> {
  // Loaded lazily: most runs are not traced.
  const { traceTo } = await import("../watch/trace.ts");
  return traceTo(log.lines, name);
}

const logFormat: FlagValue<LogFormat> = {
  expected: "text or json",
  read: (text) => text === "text" || text === "json" ? text : undefined,
};
