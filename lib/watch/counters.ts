import type { ResponseStore } from "../cache/mod.ts";
import { type Address, formatAddress, NoAnswerError } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Counts, Fact, ServerCounts } from "./fact.ts";

/** Counts the facts of a server or, given its store, of a proxy. */
export class Counters {
  readonly #store: ResponseStore | undefined;
  #accepted = 0;
  #refused = 0;
  #requests = 0;
  #hits = 0;
  #misses = 0;
  #stale = 0;
  #upstreamErrors = 0;
  readonly #isShared: boolean;
  #sharedHits = 0;
  #sharedMisses = 0;
  #notShared = 0;
  #bytesReceived = 0;
  #bytesSent = 0;
  readonly #servers = new Map<string, Mutable<ServerCounts>>();

  /**
   * @param store The store of a proxy.
   * @param isShared Whether it has a shared cache as well.
   */
  constructor(store?: ResponseStore, isShared = false) {
    this.#store = store;
    this.#isShared = isShared;
  }

  /** Counts a fact. */
  readonly watch: Watch<Fact> = (fact) => {
    switch (fact.type) {
      case "connected":
        this.#accepted++;
        break;
      case "refused":
        this.#refused++;
        break;
      case "request":
        this.#requests++;
        this.#bytesReceived += fact.request.bytes.length;
        break;
      case "response":
      case "closing":
        this.#bytesSent += fact.response.bytes.length;
        break;
      case "hit":
        if (fact.tier === "shared") this.#sharedHits++;
        else this.#hits++;
        break;
      case "stored":
      case "joined":
      case "not stored":
        if (fact.tier === "shared") this.#sharedMisses++;
        else this.#misses++;
        break;
      case "stale on error":
        if (fact.error instanceof NoAnswerError) this.#upstreamErrors++;
        // falls through
      case "stale":
        if (fact.tier === "shared") this.#sharedMisses++;
        else this.#stale++;
        break;
      case "not shared":
        this.#notShared++;
        break;
      case "failure":
        this.#upstreamErrors++;
        break;
      case "asking":
        this.#server(fact.upstream).attempts++;
        break;
      case "no answer":
        this.#server(fact.upstream).failures++;
        break;
      case "resting":
        this.#server(fact.upstream).resting = true;
        break;
      case "back":
        this.#server(fact.upstream).resting = false;
        break;
      case "gone":
        this.#servers.delete(formatAddress(fact.upstream));
        break;
    }
  };

  /** The counts so far of each server that was asked, by its `HOST:PORT`. */
  get servers(): ReadonlyMap<string, ServerCounts> {
    return this.#servers;
  }

  /** The counts so far. */
  read(): Counts {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      requests: this.#requests,
      ...(this.#store && {
        hits: this.#hits,
        misses: this.#misses,
        stale: this.#stale,
        stored: this.#store.stored,
        evicted: this.#store.evicted,
        upstreamErrors: this.#upstreamErrors,
      }),
      ...(this.#isShared && {
        sharedHits: this.#sharedHits,
        sharedMisses: this.#sharedMisses,
        notShared: this.#notShared,
      }),
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
    };
  }

  #server(upstream: Address): Mutable<ServerCounts> {
    const name = formatAddress(upstream);
    let counts = this.#servers.get(name);
    if (!counts) {
      counts = { attempts: 0, failures: 0, resting: false };
      this.#servers.set(name, counts);
    }
    return counts;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
