import {
  formatAddress,
  serve,
  type ServeEvents,
  type Server,
} from "../net/mod.ts";
import type { Handler } from "../protocol/mod.ts";
import type { Flag } from "./command.ts";
import { quietLog } from "./log.ts";
import type { CommandLine } from "./command_line.ts";
import { hostname, listenPort } from "./kinds.ts";

/** The flags of a program that listens. */
export function listenFlags(fallbackPort: number) {
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
  } satisfies Record<string, Flag>;
}

/**
 * Listens where the flags say, until the end.
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
  const address = {
    hostname: line.value("host", hostname),
    port: line.value("port", listenPort),
  };
  const isQuiet = line.has("quiet");
  let server: Server;
  try {
    server = serve(
      { ...address, events: isQuiet ? quietLog : events },
      handler,
    );
  } catch (error) {
    throw cannotListen(formatAddress(address), error);
  }
  if (!isQuiet) console.log(`Listening on ${formatAddress(server.address)}`);
  await server.finished;
  return 0;
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
