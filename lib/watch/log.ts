/**
 * The log of a role: a line for each fact, as text or as JSON.
 *
 * @module
 */

import type { CacheEvent, Remaining } from "../cache/mod.ts";
import type { ServeEvents } from "../net/mod.ts";
import type { Counts } from "./counters.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import { styleFor } from "../terminal/style.ts";

const { dim } = styleFor(Deno.stdout);

/** What has happened, and the figures and names that belong to it. */
export interface Fact {
  readonly event: string;
  readonly [detail: string]: string | number | undefined;
}

/** Takes a fact down, and how to tell it to a person. */
export type Log = (line: string, fact: Fact) => void;

/** How to write a fact down, given how to tell it to a person. */
export type LogFormat = (line: string, fact: Fact) => string;

/** For people. */
export const textFormat: LogFormat = (line) => line;

/** For programs: an object of JSON, with its time. */
export const jsonFormat: LogFormat = (_line, fact) =>
  printableJson({ time: new Date().toISOString(), ...fact });

/** Tells where a role listens. */
export function logListening(log: Log, address: string): void {
  log(`Listening on ${address}`, { event: "listening", address });
}

/** How to write down that facts are missing: nobody has read fast enough. */
export function droppedLines(format: LogFormat, lines: number): string {
  return format(`${lines} lines were dropped`, { event: "dropped", lines });
}

/** Tells what a role has counted. */
export function logCounts(log: Log, counts: Counts): void {
  const words = Object.entries(counts).map(([name, count]) =>
    `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${count}`
  );
  log(`Counters: ${words.join(", ")}`, { event: "counters", ...counts });
}

/** What even a quiet role tells, on standard error: that it has a fault. */
export const quietLog: ServeEvents = {
  failed: (error) => console.error(printable(`Internal error: ${error}`)),
};

/** What a server tells of its clients. */
export function serverLog(log: Log): ServeEvents {
  return {
    ...commonLog(log),
    connected: (client) =>
      log(`Connection established with ${client}`, {
        event: "connected",
        client,
      }),
    received: ({ bytes: { length } }, client) =>
      log(about(client, `Got request of length ${length} bytes`), {
        event: "request",
        client,
        bytes: length,
      }),
  };
}

/** What a proxy tells of its clients. */
export function proxyLog(log: Log): ServeEvents {
  return {
    ...commonLog(log),
    connected: (client) =>
      log(about(client, "Connection established"), {
        event: "connected",
        client,
      }),
  };
}

function commonLog(log: Log): ServeEvents {
  return {
    refused: (client) =>
      log(about(client, "Connection refused: too many connections"), {
        event: "refused",
        client,
      }),
    sending: ({ bytes: { length } }, client) =>
      log(about(client, `Sending response of length ${length} bytes`), {
        event: "response",
        client,
        bytes: length,
      }),
    failed: (error, client) => logFailure(log, error, client),
    closed(client, reason) {
      const why = reason instanceof Error ? reason.message : undefined;
      const line = why ? `Connection closed: ${why}` : "Connection closed";
      log(about(client, line), { event: "closed", client, reason: why });
    },
  };
}

/** Tells what a cache did with a request. */
export function logCacheEvent(
  log: Log,
  cacheEvent: CacheEvent,
  client: string,
): void {
  const event = cacheEvent.outcome;
  switch (event) {
    case "hit":
    case "stored": {
      const { remaining } = cacheEvent;
      const did = event === "hit" ? "Cache hit" : "Cache miss, response cached";
      return log(about(client, `${did}, ${timeRemaining(remaining)}`), {
        event,
        client,
        serverTimeRemaining: orInf(remaining.server),
        clientTimeRemaining: orInf(remaining.client),
      });
    }
    case "stale":
      return log(about(client, "Cache miss, stale response"), {
        event,
        client,
      });
    case "stale on error": {
      const error = messageOf(cacheEvent.error);
      const line = `Cache miss, stale response sent all the same: ${error}`;
      return log(about(client, line), { event, client, error });
    }
    case "not stored":
      return log(about(client, "Cache miss, response not cached"), {
        event,
        client,
      });
  }
}

/** Tells why something went wrong. */
export function logFailure(log: Log, cause: unknown, client: string): void {
  const error = messageOf(cause);
  log(about(client, error), { event: "failure", client, error });
}

/**
 * A line about the connection with a peer, given as `HOST:PORT`. The message may
 * quote what the peer sent.
 */
export function about(peer: string, message: string): string {
  return `${dim(`{${peer}}`)} ${printable(message)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}

function timeRemaining({ server, client }: Remaining): string {
  const seconds = (time: number) => time === Infinity ? "inf" : time.toFixed(2);
  return `server time remaining: ${seconds(server)}, ` +
    `client time remaining: ${seconds(client)}`;
}

/** JSON has no infinity. */
function orInf(time: number): number | string {
  return time === Infinity ? "inf" : time;
}
