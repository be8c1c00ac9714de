import type { Client, Frame } from "../protocol/mod.ts";
import type { Remaining } from "./freshness.ts";

/** Where a cache is: in this process, or shared by several. */
export type TierName = "memory" | "shared";

/**
 * What a cache did with a request: one fact for each that gets a response. With two
 * tiers, a request that misses the first has a fact from each.
 */
export type CacheFact =
  /**
   * The request was answered from the cache; its response was stored; or it
   * joined a simultaneous request, whose response was stored.
   */
  | {
    readonly type: "hit" | "stored" | "joined";
    readonly tier: TierName;
    readonly client: Client;
    readonly request: Frame;
    readonly remaining: Remaining;
  }
  /** The response was not stored. */
  | {
    readonly type: "not stored";
    readonly tier: TierName;
    readonly client: Client;
    readonly request: Frame;
  }
  /** The stored response is stale: upstream is asked for a new one. */
  | {
    readonly type: "refreshing";
    readonly tier: TierName;
    readonly client: Client;
    readonly request: Frame;
    /** The stored response. */
    readonly response: Frame;
  }
  /** The response was fetched because the stored one was stale. */
  | {
    readonly type: "stale";
    readonly tier: TierName;
    readonly client: Client;
    readonly request: Frame;
    /** `undefined` if the response was not stored. */
    readonly remaining: Remaining | undefined;
  }
  /** A stale response was used because upstream failed. */
  | {
    readonly type: "stale on error";
    readonly tier: TierName;
    readonly client: Client;
    readonly request: Frame;
    readonly error: unknown;
  };
