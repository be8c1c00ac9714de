import {
  formatAddress,
  serve,
  type ServeEvents,
  type ServeOptions,
  type Server,
} from "../net/mod.ts";
import type { Handler } from "../protocol/mod.ts";
import type { Option } from "./command.ts";
import type { CommandLine } from "./command_line.ts";
import { hostname, listenPort, seconds, wholeNumber } from "./kinds.ts";
import { quietLog } from "./log.ts";

/** The flags of a program that listens. */
export function listenFlags(fallbackPort: number): Record<string, Option> {
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
    "max-connections": {
      takes: "N",
      fallback: "500",
      help: "how many clients at once, others are turned away",
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
  };
}

/**
 * Listens where the flags say, until told to end.
 *
 * @param line Where the flags are.
 * @param handler What answers.
 * @param events The log, unless it is to be quiet.
 * @returns The exit status.
 */
export async function listen(
  line: CommandLine,
  handler: Handler,
  events: ServeEvents,
): Promise<number> {
  const isQuiet = line.has("quiet");
  const options: ServeOptions = {
    hostname: line.value("host", hostname),
    port: line.value("port", listenPort),
    maxConnections: line.value("max-connections", wholeNumber(1, 1_000_000)),
    readTimeout: 1000 * line.value("read-timeout", seconds),
    idleTimeout: 1000 * line.value("idle-timeout", seconds),
    events: isQuiet ? quietLog : events,
  };
  const grace = 1000 * line.value("grace", seconds);
  const server = start(options, handler);
  if (!isQuiet) console.log(`Listening on ${formatAddress(server.address)}`);
  if (!isLoopback(server.address.hostname)) {
    console.error(
      "Warning: whoever is on the way to this address can read and change what passes.",
    );
  }
  const ignoreSignals = onSignal(() => server.shutdown(grace));
  await server.finished;
  ignoreSignals();
  return 0;
}

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || hostname.startsWith("127.");
}

function start(options: ServeOptions, handler: Handler): Server {
  try {
    return serve(options, handler);
  } catch (error) {
    const { hostname = "", port } = options;
    throw cannotListen(formatAddress({ hostname, port }), error);
  }
}

/** Ends politely when told to, and at once when told again. */
function onSignal(end: () => void): () => void {
  // Windows knows no other.
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  let isEnding = false;
  const listener = () => {
    if (isEnding) Deno.exit(1);
    isEnding = true;
    end();
  };
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, listener);
  };
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
