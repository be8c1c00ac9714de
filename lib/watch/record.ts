import { formatAddress } from "../net/mod.ts";
import type { Fact } from "./fact.ts";

/** A fact as a flat JSON object. */
export interface FactRecord {
  /** The type of the fact. */
  readonly event: string;
  readonly [detail: string]: string | number | undefined;
}

/**
 * Converts a fact to JSON: the client to its address, frames to their lengths in
 * bytes, errors to their messages, times to seconds or `"inf"`.
 *
 * @param fact The fact.
 */
export function record(fact: Fact): FactRecord {
  switch (fact.type) {
    case "listening":
      return { event: fact.type, address: formatAddress(fact.address) };
    case "counters":
      return { event: fact.type, ...fact.counts };
    case "dropped":
      return { event: fact.type, lines: fact.lines };
    case "page":
      return { event: fact.type, url: fact.url };
  }
  const client = fact.client.address;
  switch (fact.type) {
    case "connected":
    case "refused":
    case "not stored":
    case "stale":
      return { event: fact.type, client };
    case "request":
      return { event: fact.type, client, bytes: fact.request.bytes.length };
    case "response":
      return { event: fact.type, client, bytes: fact.response.bytes.length };
    case "hit":
    case "stored":
    case "shared":
      return {
        event: fact.type,
        client,
        serverTimeRemaining: orInf(fact.remaining.server),
        clientTimeRemaining: orInf(fact.remaining.client),
      };
    case "stale on error":
      return { event: fact.type, client, error: messageOf(fact.error) };
    case "asking":
      return {
        event: fact.type,
        client,
        server: formatAddress(fact.upstream),
        attempt: fact.attempt,
      };
    case "upstream opened":
    case "upstream closed":
      return {
        event: fact.type,
        client,
        server: formatAddress(fact.upstream),
      };
    case "sending":
      return {
        event: fact.type,
        client,
        server: formatAddress(fact.upstream),
        bytes: fact.request.bytes.length,
      };
    case "answered":
      return {
        event: fact.type,
        client,
        server: formatAddress(fact.upstream),
        status: fact.response.status,
        bytes: fact.response.bytes.length,
      };
    case "no answer":
      return {
        event: fact.type,
        client,
        server: formatAddress(fact.upstream),
        attempt: fact.attempt,
        error: fact.error.message,
      };
    case "failure":
    case "fault":
      return { event: "failure", client, error: messageOf(fact.error) };
    case "closed":
      return {
        event: fact.type,
        client,
        reason: fact.reason instanceof Error ? fact.reason.message : undefined,
      };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}

/** JSON has no infinity. */
function orInf(time: number): number | string {
  return time === Infinity ? "inf" : time;
}
