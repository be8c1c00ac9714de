import type { Remaining } from "../cache/mod.ts";
import { formatAddress } from "../net/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import { errorNameOf, expressionOf, firstBytes } from "./contents.ts";
import type { Fact } from "./fact.ts";

/** A fact as a flat JSON object. */
export interface FactRecord {
  /** The type of the fact. */
  readonly event: string;
  readonly [detail: string]: string | number | boolean | undefined;
}

/**
 * Converts a fact to JSON: the client to its address and identity, frames to their lengths in
 * bytes, errors to their messages, times to seconds or `"inf"`.
 *
 * @param fact The fact.
 */
export function record(fact: Fact): FactRecord {
  const details = withoutIdentity(fact);
  const identity = "client" in fact ? fact.client.identity : undefined;
  return identity === undefined ? details : { ...details, identity };
}

function withoutIdentity(fact: Fact): FactRecord {
  switch (fact.type) {
    case "reloaded":
      return { event: fact.type };
    case "not reloaded":
      return { event: fact.type, error: messageOf(fact.error) };
    case "listening":
      return { event: fact.type, address: formatAddress(fact.address) };
    case "counters":
      return { event: fact.type, ...fact.counts };
    case "dropped":
      return { event: fact.type, lines: fact.lines };
    case "page":
      return { event: fact.type, url: fact.url };
    case "shared cache down":
    case "not shared":
      return {
        event: fact.type,
        engine: fact.engine,
        error: fact.error.message,
      };
    case "shared cache up":
      return { event: fact.type, engine: fact.engine };
    case "server counters":
      return { event: fact.type, server: fact.server, ...fact.counts };
    case "resting":
      return {
        event: fact.type,
        server: formatAddress(fact.upstream),
        rest: fact.rest / 1000,
        error: fact.error.message,
      };
    case "back":
    case "gone":
      return { event: fact.type, server: formatAddress(fact.upstream) };
  }
  const client = fact.client.address;
  switch (fact.type) {
    case "connected":
    case "identified":
    case "refused":
      return { event: fact.type, client };
    case "not stored":
      return { event: fact.type, client, tier: fact.tier };
    case "request":
      return { event: fact.type, client, ...requestRecord(fact.request) };
    case "response":
    case "closing":
      return { event: fact.type, client, ...responseRecord(fact.response) };
    case "hit":
    case "stored":
    case "joined":
      return {
        event: fact.type,
        client,
        tier: fact.tier,
        ...timeRemaining(fact.remaining),
      };
    case "refreshing":
      return {
        event: fact.type,
        client,
        tier: fact.tier,
        timeStamp: fact.response.timeStamp,
      };
    case "stale":
      return {
        event: fact.type,
        client,
        tier: fact.tier,
        stored: fact.remaining !== undefined,
        ...(fact.remaining && timeRemaining(fact.remaining)),
      };
    case "stale on error":
      return {
        event: fact.type,
        client,
        tier: fact.tier,
        error: messageOf(fact.error),
      };
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
        ...responseRecord(fact.response),
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

function requestRecord(request: Frame): Omit<FactRecord, "event"> {
  const { bytes, steps, cache, maxAge } = request;
  const expression = expressionOf(request);
  return {
    bytes: bytes.length,
    ...(expression === undefined
      ? { payload: firstBytes(request) }
      : { expression }),
    steps,
    cache,
    maxAge: orInf(maxAge),
  };
}

function responseRecord(response: Frame): Omit<FactRecord, "event"> {
  const { bytes, status, timeStamp, cache, maxAge } = response;
  return {
    bytes: bytes.length,
    status,
    error: errorNameOf(response),
    timeStamp,
    cache,
    maxAge: orInf(maxAge),
  };
}

function timeRemaining(
  { server, client }: Remaining,
): Omit<FactRecord, "event"> {
  return {
    serverTimeRemaining: orInf(server),
    clientTimeRemaining: orInf(client),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}

/** JSON has no infinity. */
function orInf(time: number): number | string {
  return time === Infinity ? "inf" : time;
}
