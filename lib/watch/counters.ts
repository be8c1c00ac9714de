import type { ResponseStore } from "../cache/mod.ts";
import { NoAnswerError } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Counts, Fact } from "./fact.ts";

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
  #bytesReceived = 0;
  #bytesSent = 0;

  /** @param store The store of a proxy. */
  constructor(store?: ResponseStore) {
    this.#store = store;
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
        this.#hits++;
        break;
      case "stored":
      case "joined":
      case "not stored":
        this.#misses++;
        break;
      case "stale":
        this.#stale++;
        break;
      case "stale on error":
        this.#stale++;
        if (fact.error instanceof NoAnswerError) this.#upstreamErrors++;
        break;
      case "failure":
        this.#upstreamErrors++;
        break;
    }
  };

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
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
    };
  }
}
