import { formatAddress } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Fact } from "../watch/fact.ts";

/** What has been counted about a server behind a proxy. */
export interface UpstreamCounts {
  /** How many times it was asked. */
  attempts: number;
  /** How many times it gave no answer. */
  failures: number;
}

/** Counts the attempts at each server behind a proxy, and those that failed. */
export class Upstreams {
  readonly #counts: Map<string, UpstreamCounts>;

  /** @param servers The servers that are known from the start. */
  constructor(servers: readonly string[]) {
    this.#counts = new Map(
      servers.map((server) => [server, { attempts: 0, failures: 0 }]),
    );
  }

  /** Counts a fact. */
  readonly watch: Watch<Fact> = (fact) => {
    if (fact.type === "asking") {
      this.#of(formatAddress(fact.upstream)).attempts++;
    } else if (fact.type === "no answer") {
      this.#of(formatAddress(fact.upstream)).failures++;
    }
  };

  /** The counts so far, by `HOST:PORT`. */
  read(): Readonly<Record<string, Readonly<UpstreamCounts>>> {
    return Object.fromEntries(this.#counts);
  }

  #of(server: string): UpstreamCounts {
    const known = this.#counts.get(server);
    if (known) return known;
    const counts = { attempts: 0, failures: 0 };
    this.#counts.set(server, counts);
    return counts;
  }
}
