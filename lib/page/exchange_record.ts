import { expressionOf } from "../watch/contents.ts";
import type { Fact } from "../watch/fact.ts";
import { type FactRecord, record } from "../watch/record.ts";
import type { Frames } from "./frames.ts";

/** The maximum number of characters of an expression that a record quotes. */
const MAX_EXPRESSION = 500;

/** A fact of an exchange that is shown. Times are in milliseconds. */
export interface ExchangeRecord extends FactRecord {
  /** The number of the exchange. */
  readonly exchange: number;
  /** The time since the exchange began. */
  readonly at: number;
}

/**
 * The record of a fact, with details for readers.
 *
 * @param fact The fact.
 * @param frames Keeps the frame.
 */
export function describe(fact: Fact, frames: Frames): FactRecord {
  switch (fact.type) {
    case "request":
      return {
        ...record(fact),
        frame: frames.keep(fact.request),
        expression: expressionOf(fact.request)?.slice(0, MAX_EXPRESSION),
      };
    case "sending":
      return { ...record(fact), frame: frames.keep(fact.request) };
    case "response":
    case "answered":
    case "closing":
      return { ...record(fact), frame: frames.keep(fact.response) };
    case "no answer":
      return { ...record(fact), reason: fact.error.reason };
    default:
      return record(fact);
  }
}
