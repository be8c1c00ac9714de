import type { Remaining } from "../cache/mod.ts";
import { formatAddress } from "../net/mod.ts";
import type { Client } from "../protocol/mod.ts";
import { printable } from "../terminal/printable.ts";
import type { Counts, Fact } from "./fact.ts";

/** The roles that keep a log. */
export type RoleName = "server" | "proxy";

/**
 * The log line for a fact, or `undefined` for a fact that has none.
 *
 * @param fact The fact.
 * @param role The role that keeps the log.
 * @param dim Styles the least important text.
 */
export function sentence(
  fact: Fact,
  role: RoleName,
  dim: (text: string) => string = (text) => text,
): string | undefined {
  const line = ({ client }: { client: Client }, text: string) =>
    about(client, text, dim);
  // The outcome of a request is logged for the cache in memory.
  if ("tier" in fact && fact.tier === "shared") {
    return fact.type === "hit"
      ? line(fact, `Shared cache hit, ${timeRemaining(fact.remaining)}`)
      : undefined;
  }
  switch (fact.type) {
    case "listening":
      return `Listening on ${formatAddress(fact.address)}`;
    case "page":
      return `Page on ${fact.url}`;
    case "connected":
      return role === "server"
        ? `Connection established with ${fact.client.address}`
        : line(fact, "Connection established");
    case "identified":
      return line(
        fact,
        `Client certificate of ${printable(fact.client.identity ?? "")}`,
      );
    case "refused":
      return line(fact, "Connection refused: too many connections");
    case "request":
      return role === "server"
        ? line(fact, `Got request of length ${fact.request.bytes.length} bytes`)
        : undefined;
    case "response":
      return line(
        fact,
        `Sending response of length ${fact.response.bytes.length} bytes`,
      );
    case "hit":
      return line(
        fact,
        `Cache hit, ${timeRemaining(fact.remaining)}`,
      );
    case "stored":
    case "joined":
      return line(
        fact,
        `Cache miss, response cached, ${timeRemaining(fact.remaining)}`,
      );
    case "not stored":
      return line(fact, "Cache miss, response not cached");
    case "stale":
      return line(fact, "Cache miss, stale response");
    case "stale on error":
      return line(
        fact,
        `Cache miss, stale response sent: ${messageOf(fact.error)}`,
      );
    case "refreshing":
    case "asking":
    case "upstream opened":
    case "sending":
    case "answered":
    case "upstream closed":
    case "no answer":
    case "closing":
      return undefined;
    case "failure":
    case "fault":
      return line(fact, messageOf(fact.error));
    case "closed":
      return line(
        fact,
        fact.reason instanceof Error
          ? `Connection closed: ${messageOf(fact.reason)}`
          : "Connection closed",
      );
    case "shared cache down":
      return `Shared cache ${fact.engine} is down: ${messageOf(fact.error)}`;
    case "shared cache up":
      return `Shared cache ${fact.engine} is up`;
    case "not shared":
      return undefined;
    case "resting": {
      const server = formatAddress(fact.upstream);
      const reason = messageOf(fact.error);
      return `Server ${server} rests for ${fact.rest / 1000} s: ${reason}`;
    }
    case "back":
      return `Server ${formatAddress(fact.upstream)} is back`;
    case "gone":
      return `Server ${
        formatAddress(fact.upstream)
      } is gone: its name no longer resolves to it`;
    case "server counters": {
      const { attempts, failures, resting } = fact.counts;
      const counts = formatCounts({ attempts, failures });
      return `Counters of ${fact.server}: ${counts}${
        resting ? ", resting" : ""
      }`;
    }
    case "counters":
      return `Counters: ${formatCounts(fact.counts)}`;
    case "reloaded":
      return "Certificates reloaded for new connections";
    case "not reloaded":
      return `Certificates not reloaded; the old ones stay in use: ${
        messageOf(fact.error)
      }`;
    case "dropped":
      return `${fact.lines} lines were dropped`;
  }
}

/** A line about a client. */
export function about(
  { address }: Client,
  text: string,
  dim: (text: string) => string,
): string {
  return `${dim(`{${address}}`)} ${text}`;
}

/** The message of an error, escaped because it may quote untrusted input. */
export function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : `${error}`);
}

/** For how long either side lets a response be used. */
export function timeRemaining({ server, client }: Remaining): string {
  const seconds = (time: number) => time === Infinity ? "inf" : time.toFixed(2);
  return `server time remaining: ${seconds(server)}, ` +
    `client time remaining: ${seconds(client)}`;
}

function formatCounts(counts: Counts): string {
  return Object.entries(counts).map(([name, count]) =>
    `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${count}`
  ).join(", ");
}
