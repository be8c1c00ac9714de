import type { ResponseStore } from "../cache/mod.ts";
import type { Upstream } from "../page/overview.ts";
import type { Page, PageOptions } from "../page/page.ts";
import {
  formatAddress,
  type ServeOptions,
  type Server,
  type TlsOptions,
} from "../net/mod.ts";
import { type Handler, type Watch, watchAll } from "../protocol/mod.ts";
import { serve } from "../serve.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { detail } from "../terminal/detail_flags.ts";
import {
  type FlagValue,
  hostname,
  listenAddress,
  listenPort,
  seconds,
  wholeNumber,
} from "../terminal/flag_values.ts";
import { printable } from "../terminal/printable.ts";
import { certificate } from "../terminal/tls_flags.ts";
import { Counters } from "../watch/counters.ts";
import type { Fact } from "../watch/fact.ts";
import { Log, type LogFormat } from "../watch/log.ts";
import type { RoleName } from "../watch/sentence.ts";
import { onSignals } from "./signals.ts";

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
  /** The servers that it forwards to, and how many times it tries. */
  readonly upstream?: Upstream;
  /** Reads the files of its handler again, if there are any, or throws. */
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
    server = start(options, handler(watch, ended.signal));
  } catch (error) {
    page?.close();
    throw error;
  }
  await warn(options, server);
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

/** Serves the live page, if there is a flag for it. */
async function startPage(
  line: CommandLine,
  options: Omit<PageOptions, "listen">,
): Promise<Page | undefined> {
  const listen = line.optional("page", listenAddress);
  if (!listen) return undefined;
  // Loaded lazily: without the flag, it costs nothing.
  const { Page } = await import("../page/page.ts");
  try {
    const page = await Page.start({ ...options, listen });
    if (!page.isLoopback) {
      const rights = new Intl.ListFormat("en-GB").format([
        "see all requests",
        ...(options.tls()?.caCerts ? [] : ["send requests"]),
        ...(options.store ? ["empty the cache"] : []),
      ]);
      console.error(
        `Warning: --page: everyone who can reach ${page.url} can ${rights}.`,
      );
    }
    return page;
  } catch (error) {
    throw cannotListen(formatAddress(listen), error, "--page");
  }
}

/** How long what is still going on may take when all is done, in milliseconds. */
const EXIT_TIME = 100;

/** Even a quiet role reports internal errors, on standard error. */
function reportFault(fact: Fact): void {
  if (fact.type === "fault") {
    console.error(`Internal error: ${printable(`${fact.error}`)}`);
  }
}

function serveOptions(
  line: CommandLine,
  tls: TlsOptions | undefined,
  watch: Watch<Fact>,
): ServeOptions {
  const connections = wholeNumber(1, 1_000_000);
  const perClient = line.optional("max-connections-per-client", connections);
  return {
    hostname: line.value("host", hostname),
    port: line.value("port", listenPort),
    ...(tls && { tls }),
    maxConnections: line.value("max-connections", connections),
    ...(perClient && { maxConnectionsPerClient: perClient }),
    readTimeout: 1000 * line.value("read-timeout", seconds),
    idleTimeout: 1000 * line.value("idle-timeout", seconds),
    sharePort: line.has("share-port"),
    watch,
  };
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

function start(options: ServeOptions, handler: Handler): Server {
  try {
    return serve(options, handler);
  } catch (error) {
    const { hostname = "", port } = options;
    throw cannotListen(formatAddress({ hostname, port }), error);
  }
}

function cannotListen(where: string, cause: unknown, flag = "-p"): unknown {
  if (cause instanceof Deno.errors.NotCapable) return cause;
  const message = cause instanceof Deno.errors.AddrInUse
    ? `${where} is in use: choose another port with ${flag}`
    : `cannot listen on ${where}: ${
      cause instanceof Error ? cause.message : cause
    }`;
  return new Error(message, { cause });
}

/** Warns, on standard error, of what is open to others and of invalid certificates. */
async function warn({ tls }: ServeOptions, { address }: Server): Promise<void> {
  await warnOfCertificate(tls);
  if (isLoopback(address.hostname) || tls?.caCerts) return;
  const all = `everyone who can reach ${
    formatAddress(address)
  } can send requests`;
  console.error(
    tls
      ? `Warning: ${all}: use --client-ca.`
      : `Warning: ${all}, and traffic is neither encrypted nor protected against tampering: use --tls-cert, --tls-key and --client-ca.`,
  );
}

async function warnOfCertificate(tls: TlsOptions | undefined): Promise<void> {
  if (tls?.cert === undefined) return;
  // Loaded lazily: most roles do not use TLS.
  const { certificateWarnings } = await import("./certificate_warnings.ts");
  const files = {
    "--tls-cert": tls.cert,
    "--client-ca": tls.caCerts?.join(""),
  };
  for (const [flag, pem = ""] of Object.entries(files)) {
    for (const warning of certificateWarnings(pem)) {
      console.error(`Warning: ${flag}: ${warning}.`);
    }
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || hostname.startsWith("127.");
}
