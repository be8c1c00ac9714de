import type { CacheFact } from "../cache/mod.ts";
import type { Address, ServeFact, UpstreamFact } from "../net/mod.ts";
import type { ProxyFact } from "../proxy.ts";
import type { RedisFact } from "../redis/mod.ts";

/** Counts by name, in the order in which they are printed. */
export type Counts = Readonly<Record<string, number>>;

/** What a proxy has counted about one of its servers. */
export interface ServerCounts {
  /** How many times it was asked. */
  readonly attempts: number;
  /** How many times it did not answer. */
  readonly failures: number;
  /** Whether it is resting. */
  readonly resting: boolean;
}

/** What a role reports about itself. */
export type RoleFact =
  | { readonly type: "listening"; readonly address: Address }
  /** The live page is served at a URL. */
  | { readonly type: "page"; readonly url: string }
  | { readonly type: "counters"; readonly counts: Counts }
  /** The certificate files were read again, for new connections. */
  | { readonly type: "reloaded" }
  /** Reading them again has failed; the old certificates stay in use. */
  | { readonly type: "not reloaded"; readonly error: unknown }
  /** One for each server, if there are several. */
  | {
    readonly type: "server counters";
    readonly server: string;
    readonly counts: ServerCounts;
  }
  /** Log lines were dropped because the reader was too slow. */
  | { readonly type: "dropped"; readonly lines: number };

/** Everything that happens at a server or a proxy. */
export type Fact =
  | ServeFact
  | CacheFact
  | UpstreamFact
  | ProxyFact
  | RedisFact
  | RoleFact;
