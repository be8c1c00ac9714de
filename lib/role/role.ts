import {
  type Certificate,
  formatAddress,
  serve,
  type ServeEvents,
  type ServeOptions,
  type Server,
  serveTls,
} from "../net/mod.ts";
import type { Handler } from "../protocol/mod.ts";
import type { Flag } from "../terminal/usage.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { type Counts, ServeCounters } from "../watch/counters.ts";
import {
  hostname,
  listenPort,
  logFormat,
  seconds,
  wholeNumber,
} from "../terminal/flag_values.ts";
import { LineWriter } from "../watch/line_writer.ts";
import {
  droppedLines,
  type Log,
  logCounts,
  logListening,
} from "../watch/log.ts";
import { onSignals } from "./signals.ts";
import { certificate, certificateFlags } from "../terminal/tls_flags.ts";

/** The flags of a program that listens, those of its own after where it listens. */
export function listenFlags(
  fallbackPort: number,
  own: Record<string, Flag>,
): Record<string, Flag> {
  return {
    host: {
      short: "H",
      takes: "HOST",
      fallback: "127.0.0.1",
      help: "address to listen on",
    },
    port: {
      short: "p",
      takes: "PORT",
      fallback: `${fallbackPort}`,
      help: "port to listen on, 0 for any free one",
    },
    ...own,
    ...certificateFlags,
    "max-connections": {
      takes: "N",
      fallback: "500",
      help: "maximum number of connections; an idle one makes room for another",
    },
    "max-connections-per-client": {
      takes: "N",
      help: "the same for each address, or IPv6 network of 64 bits",
    },
    "read-timeout": {
      takes: "SECONDS",
      fallback: "10",
      help: "how long a client may take to finish a request",
    },
    "idle-timeout": {
      takes: "SECONDS",
      fallback: "60",
      help: "how long a client may stay and ask nothing",
    },
    grace: {
      takes: "SECONDS",
      fallback: "5",
      help: "how long to finish what is asked when told to end",
    },
    log: {
      takes: "FORMAT",
      fallback: "text",
      help: "text, or json for a line of JSON for each fact",
    },
  };
}

/** What listens, and how it is watched. */
export interface Role {
  /** What answers. */
  readonly handler: Handler;
  /** Who is told of clients and requests. */
  readonly events: ServeEvents;
  /** What the handler has counted. */
  readonly counts?: () => Counts;
}

/**
 * Listens where the flags say, until told to end.
 *
 * @param line Where the flags are.
 * @param role From the log, if there is to be one, to what listens.
 * @returns The exit status.
 */
export async function listen(
  line: CommandLine,
  role: (log?: Log) => Role,
): Promise<number> {
  const format = line.value("log", logFormat);
  const lines = new LineWriter(
    Deno.stdout,
    (dropped) => droppedLines(format, dropped),
  );
  const log: Log = (line, fact) => lines.write(format(line, fact));
  const isQuiet = line.has("quiet");
  const { handler, events, counts } = role(isQuiet ? undefined : log);
  const counters = new ServeCounters();
  const tellCounts = () => logCounts(log, counters.counts(counts?.()));
  const connections = wholeNumber(1, 1_000_000);
  const perClient = line.optional("max-connections-per-client", connections);
  const tls = certificate(line);
  const grace = 1000 * line.value("grace", seconds);
  const server = await start(
    {
      hostname: line.value("host", hostname),
      port: line.value("port", listenPort),
      maxConnections: line.value("max-connections", connections),
      ...(perClient && { maxConnectionsPerClient: perClient }),
      readTimeout: 1000 * line.value("read-timeout", seconds),
      idleTimeout: 1000 * line.value("idle-timeout", seconds),
      sharePort: line.has("share-port"),
      events: counters.before(events),
    },
    tls,
    handler,
  );
  const { address } = server;
  if (!tls && !isLoopback(address.hostname)) {
    console.error(
      "Warning: whoever is on the way to this address can read and change what passes: --tls-cert and --tls-key prevent it.",
    );
  }
  if (tls) {
    // Loaded here, as most roles do without.
    const { certificateWarnings } = await import("./certificate_warnings.ts");
    for (const warning of certificateWarnings(tls.cert)) {
      console.error(`Warning: --tls-cert: ${warning}.`);
    }
  }
  // Whoever reads that it listens may tell it to end at once.
  const expired = Promise.withResolvers<void>();
  const ignoreSignals = onSignals(() => {
    server.shutdown(grace);
    // A handler that waits for another server may take longer.
    Deno.unrefTimer(setTimeout(expired.resolve, grace + LAST_WORDS));
  }, tellCounts);
  if (!isQuiet) logListening(log, formatAddress(address));
  await Promise.race([server.finished, expired.promise]);
  ignoreSignals();
  if (!isQuiet) tellCounts();
  // Nobody may be reading it, and a handler may still wait for another server.
  const timer = setTimeout(() => Deno.exit(0), grace);
  await lines.finished();
  clearTimeout(timer);
  Deno.unrefTimer(setTimeout(() => Deno.exit(0), LAST_WORDS));
  return 0;
}

/** How long, in milliseconds, connections that are closed have to be logged. */
const LAST_WORDS = 100;

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || hostname.startsWith("127.");
}

async function start(
  options: ServeOptions,
  tls: Certificate | undefined,
  handler: Handler,
): Promise<Server> {
  try {
    return tls
      ? await serveTls(options, tls, handler)
      : serve(options, handler);
  } catch (error) {
    const { hostname = "", port } = options;
    throw cannotListen(formatAddress({ hostname, port }), error);
  }
}

function cannotListen(where: string, cause: unknown): unknown {
  if (cause instanceof Deno.errors.NotCapable) return cause;
  const message = cause instanceof Deno.errors.AddrInUse
    ? `${where} is in use: choose another port with -p`
    : `cannot listen on ${where}: ${
      cause instanceof Error ? cause.message : cause
    }`;
  return new Error(message, { cause });
}
