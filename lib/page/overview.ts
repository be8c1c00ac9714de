import config from "../../deno.json" with { type: "json" };
import type { ResponseStore } from "../cache/mod.ts";
import { type Address, formatAddress } from "../net/mod.ts";
import type { Counters } from "../watch/counters.ts";
import type { Counts, ServerCounts } from "../watch/fact.ts";
import type { RoleName } from "../watch/sentence.ts";
import type { Exchanges } from "./exchanges.ts";
import type { Feed } from "./feed.ts";
import {
  type Figures,
  type Quantiles,
  type Rates,
  SECONDS,
} from "./figures.ts";
import { metrics } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";

/** The servers behind a proxy. */
export interface Upstream {
  readonly servers: readonly Address[];
  /** The maximum number of attempts per request. */
  readonly attempts: number;
}

/** What an overview describes. */
export interface OverviewOptions {
  /** The role. */
  readonly role: RoleName;
  /** Where the role listens. */
  readonly address: () => Address;
  /** The counters of the role. */
  readonly counters: Counters;
  /** The store of a proxy. */
  readonly store?: ResponseStore;
  /** Where a proxy forwards to. */
  readonly upstream?: Upstream;
}

/** Where an overview gets its data. */
export interface Sources {
  readonly exchanges: Exchanges;
  readonly feed: Feed;
  readonly figures: Figures;
}

/** The state of the role now. */
export interface Present {
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly counts: Counts;
  readonly connections: number;
  readonly quantiles: Partial<Record<Outcome, Quantiles>>;
  readonly serverCounts: Readonly<Record<string, ServerCounts>>;
  readonly cache?: { readonly entries: number; readonly bytes: number };
}

/** The state that a new reader starts from. */
export interface Hello extends Present {
  readonly role: RoleName;
  readonly version: string;
  readonly address: string;
  /** In milliseconds since 1970. */
  readonly started: number;
  readonly isDraining: boolean;
  readonly servers: readonly string[];
  readonly attempts: number;
  readonly hasCache: boolean;
  /** One for each of the last seconds, oldest first. */
  readonly rates: readonly Rates[];
}

/** Describes a role as a whole, for the page and for Prometheus. */
export class Overview {
  readonly #options: OverviewOptions;
  readonly #sources: Sources;
  readonly #started = Date.now();
  #isDraining = false;

  /**
   * @param options The role.
   * @param sources Where it gets its data.
   */
  constructor(options: OverviewOptions, sources: Sources) {
    this.#options = options;
    this.#sources = sources;
  }

  /** Whether the role is shutting down. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Reports that the role is shutting down. */
  drain(): void {
    this.#isDraining = true;
  }

  /** The state that a new reader starts from. */
  hello(): Hello {
    const { role, address, store, upstream } = this.#options;
    const { figures } = this.#sources;
    const second = Math.floor(performance.now() / 1000);
    return {
      role,
      version: config.version,
      address: formatAddress(address()),
      started: this.#started,
      isDraining: this.#isDraining,
      servers: upstream?.servers.map(formatAddress) ?? [],
      attempts: upstream?.attempts ?? 1,
      hasCache: store !== undefined,
      rates: Array.from(
        { length: SECONDS },
        (_, index) => figures.rates(second - SECONDS + index),
      ),
      ...this.present(),
    };
  }

  /** The state of the role now. */
  present(): Present {
    const { counters, store } = this.#options;
    const { exchanges, figures } = this.#sources;
    return {
      now: Date.now(),
      counts: counters.read(),
      connections: exchanges.connections,
      quantiles: figures.quantiles(performance.now()),
      serverCounts: Object.fromEntries(counters.servers),
      ...(store && { cache: { entries: store.size, bytes: store.bytes } }),
    };
  }

  /** The metrics in the text format of Prometheus. */
  metrics(): string {
    const { role, counters, store } = this.#options;
    const { exchanges, feed, figures } = this.#sources;
    figures.settle(performance.now());
    return metrics(counters, {
      role,
      version: config.version,
      connections: exchanges.connections,
      unshown: exchanges.unshown,
      readers: feed.readers,
      memory: Deno.memoryUsage().rss,
      started: this.#started / 1000,
      ...(store && { cache: { entries: store.size, bytes: store.bytes } }),
    }, figures);
  }
}
