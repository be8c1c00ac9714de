import {
  formatAddress,
  type ServeOptions,
  type Server,
  type TlsOptions,
} from "../net/mod.ts";
import type { Handler, Watch } from "../protocol/mod.ts";
import { serve } from "../serve.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import {
  hostname,
  listenPort,
  seconds,
  wholeNumber,
} from "../terminal/flag_values.ts";
import type { Fact } from "../watch/fact.ts";

/** Reads the flags about listening and limits. */
export function serveOptions(
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

/**
 * Serves a handler.
 *
 * @throws {Error} If it cannot listen; the message says what to do.
 */
export function listen(options: ServeOptions, handler: Handler): Server {
  try {
    return serve(options, handler);
  } catch (error) {
    const { hostname = "", port } = options;
    throw cannotListen(formatAddress({ hostname, port }), error);
  }
}

/**
 * Explains why it is impossible to listen.
 *
 * @param where The address, as `HOST:PORT`.
 * @param cause The underlying error.
 * @param flag The flag that chooses the port.
 */
export function cannotListen(
  where: string,
  cause: unknown,
  flag = "-p",
): unknown {
  if (cause instanceof Deno.errors.NotCapable) return cause;
  const message = cause instanceof Deno.errors.AddrInUse
    ? `${where} is in use: choose another port with ${flag}`
    : `cannot listen on ${where}: ${
      cause instanceof Error ? cause.message : cause
    }`;
  return new Error(message, { cause });
}
