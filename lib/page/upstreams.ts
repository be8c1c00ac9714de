import { formatAddress } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Fact } from "../watch/fact.ts";

/** What a server behind a proxy has done. */
export interface UpstreamCounts {
  /** Responses, including those that say that it is busy. */
  responses: number;
  /** Attempts that failed. */
  failures: number;
}

/** Counts the responses and the failed attempts of each server behind a proxy. */
export class Upstreams {
  readonly #counts: Map<string, UpstreamCounts>;

  /** @param servers The servers that are known from the start. */
  constructor(servers: readonly string[]) {
    this.#counts = new Map(
      servers.map((server) => [server, { responses: 0, failures: 0 }]),
    );
  }

  /** Counts a fact. */
  readonly watch: Watch<Fact> = (fact) => {
    if (fact.type === "answered") {
      this.#of(formatAddress(fact.upstream)).responses++;
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
    const counts = { responses: 0, failures: 0 };
    this.#counts.set(server, counts);
    return counts;
  }
}
