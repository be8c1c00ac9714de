import type { CacheEvent, ResponseStore } from "../cache/mod.ts";
import { NoAnswerError, type ServeEvents } from "../net/mod.ts";

/** Numbers by what they count, in the order in which to tell them. */
export type Counts = Readonly<Record<string, number>>;

/** Counts what a server tells of its clients. */
export class ServeCounters {
  #accepted = 0;
  #refused = 0;
  #requests = 0;
  #bytesReceived = 0;
  #bytesSent = 0;

  /** How much there has been of each so far, with what the handler has counted. */
  counts(handlers: Counts = {}): Counts {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      requests: this.#requests,
      ...handlers,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
    };
  }

  /** Events that are counted, and then told to whoever was to be told. */
  before(events: ServeEvents): ServeEvents {
    return {
      ...events,
      refused: (client) => {
        this.#refused++;
        events.refused?.(client);
      },
      connected: (client) => {
        this.#accepted++;
        events.connected?.(client);
      },
      received: (request, client) => {
        this.#requests++;
        this.#bytesReceived += request.bytes.length;
        events.received?.(request, client);
      },
      sending: (response, client) => {
        this.#bytesSent += response.bytes.length;
        events.sending?.(response, client);
      },
    };
  }
}

/** Counts what a proxy tells of its cache and of the server behind it. */
export class CacheCounters {
  readonly #store: ResponseStore;
  #hits = 0;
  #misses = 0;
  #stale = 0;
  #upstreamErrors = 0;

  /** @param store Where the responses are kept. */
  constructor(store: ResponseStore) {
    this.#store = store;
  }

  /** How much there has been of each so far. */
  get counts(): Counts {
    return {
      hits: this.#hits,
      misses: this.#misses,
      stale: this.#stale,
      stored: this.#store.stored,
      evicted: this.#store.evicted,
      upstreamErrors: this.#upstreamErrors,
    };
  }

  /** Counts what became of a request. */
  count(event: CacheEvent): void {
    switch (event.outcome) {
      case "hit":
        this.#hits++;
        break;
      case "stored":
      case "not stored":
        this.#misses++;
        break;
      case "stale on error":
        this.countFailure(event.error);
        // falls through
      case "stale":
        this.#stale++;
    }
  }

  /** Counts a request that the server gave no answer to, if that is what went wrong. */
  countFailure(error: unknown): void {
    if (error instanceof NoAnswerError) this.#upstreamErrors++;
  }
}
