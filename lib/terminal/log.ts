/**
 * The log lines of the roles, one a fact.
 *
 * @module
 */

import type { CacheEvent, Remaining } from "../cache/mod.ts";
import type { ServeEvents } from "../net/mod.ts";
import { styleFor } from "./style.ts";

const { dim } = styleFor(Deno.stdout);

/** Prints a line about the connection with a peer, given as `HOST:PORT`. */
export function log(peer: string, message: string): void {
  console.log(`${dim(`{${peer}}`)} ${message}`);
}

/** What even a quiet role tells, on standard error: that it has a fault. */
export const quietLog: ServeEvents = {
  failed: (error) => console.error(`Internal error: ${error}`),
};

/** What a server prints. */
export const serverLog: ServeEvents = {
  refused: logRefusal,
  connected: (client) => console.log(`Connection established with ${client}`),
  received: ({ bytes }, client) =>
    log(client, `Got request of length ${bytes.length} bytes`),
  sending: logSending,
  failed: logFailure,
  closed: logClosed,
};

/** What a proxy prints of its clients. */
export const proxyLog: ServeEvents = {
  refused: logRefusal,
  connected: (client) => log(client, "Connection established"),
  sending: logSending,
  failed: logFailure,
  closed: logClosed,
};

/** Prints what a cache did with a request. */
export function logCacheEvent(event: CacheEvent, client: string): void {
  switch (event.outcome) {
    case "hit":
      return log(client, `Cache hit, ${timeRemaining(event.remaining)}`);
    case "stored":
      return log(
        client,
        `Cache miss, response cached, ${timeRemaining(event.remaining)}`,
      );
    case "stale":
      return log(client, "Cache miss, stale response");
    case "not stored":
      return log(client, "Cache miss, response not cached");
  }
}

/** Prints why something went wrong. */
export function logFailure(error: unknown, client: string): void {
  log(client, error instanceof Error ? error.message : `${error}`);
}

function logRefusal(client: string): void {
  log(client, "Connection refused: too many connections");
}

function logSending({ bytes }: { bytes: Uint8Array }, client: string): void {
  log(client, `Sending response of length ${bytes.length} bytes`);
}

function logClosed(client: string, reason?: unknown): void {
  log(
    client,
    reason instanceof Error
      ? `Connection closed: ${reason.message}`
      : "Connection closed",
  );
}

function timeRemaining({ server, client }: Remaining): string {
  const seconds = (time: number) => time === Infinity ? "inf" : time.toFixed(2);
  return `server time remaining: ${seconds(server)}, ` +
    `client time remaining: ${seconds(client)}`;
}
