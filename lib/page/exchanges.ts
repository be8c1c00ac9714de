import type { Client, Watch } from "../protocol/mod.ts";
import type { Fact } from "../watch/fact.ts";
import { describe, type ExchangeRecord } from "./exchange_record.ts";
import type { Figures } from "./figures.ts";
import type { Frames } from "./frames.ts";
import type { Outcome } from "./outcome.ts";
import { Sample } from "./sample.ts";

/** The connection of a client and its exchange, the last or the current one. */
interface Connection {
  readonly client: Client;
  readonly opened: number;
  /** When the exchange began: with the connection or with its request. */
  began: number;
  /** When its request arrived, if it is timed. */
  asked: number | undefined;
  outcome: Outcome | undefined;
  /** The number of the exchange, or 0 if it is not shown. */
  shown: number;
  hasAsked: boolean;
}

/** Options for {@linkcode Exchanges}. */
export interface ExchangesOptions {
  /** Counts all answers. */
  readonly figures: Figures;
  /** Keeps the frames of exchanges that are shown. */
  readonly frames: Frames;
  /** Called with each fact that is shown. */
  readonly show: (record: ExchangeRecord) => void;
}

/**
 * Divides the facts into exchanges: a request and all that it causes, with the
 * connection that it opens. All are counted, but only some are shown if there are
 * too many.
 */
export class Exchanges {
  /** Clients whose exchanges are always shown, by their addresses. */
  readonly favorites: Set<string> = new Set();
  /** By the number of the client: handlers may pass on copies of a client. */
  readonly #connections = new Map<number, Connection>();
  readonly #options: ExchangesOptions;
  readonly #sample = new Sample();
  #shown = 0;
  #unshown = 0;
  /** The connection of the last fact: most facts have the same as the one before. */
  #last: Connection | undefined;

  /** @param options What counts, keeps and shows. */
  constructor(options: ExchangesOptions) {
    this.#options = options;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** How many exchanges were not shown so far. */
  get unshown(): number {
    return this.#unshown;
  }

  /**
   * Adapts to the load. Call it every second.
   *
   * @param now The time in milliseconds, by `performance.now()`.
   */
  tick(now: number): void {
    this.#sample.tick();
    this.#options.figures.settle(now);
  }

  /**
   * Takes a fact. It runs for every fact of a busy role: an exchange that is
   * neither timed nor shown reads no clock and allocates nothing.
   */
  readonly watch: Watch<Fact> = (fact) => {
    if (!("client" in fact)) return;
    const connection = this.#connectionOf(fact.client, fact.type);
    if (!connection) return;
    switch (fact.type) {
      case "connected":
        return;
      case "request":
        this.#begin(connection);
        break;
      case "hit":
        connection.outcome = "hit";
        break;
      case "stale":
      case "stale on error":
        // With two tiers, a hit in either is a hit.
        if (connection.outcome !== "hit") connection.outcome = "stale";
        break;
      case "stored":
      case "joined":
      case "not stored":
        connection.outcome ??= "miss";
        break;
      case "response":
        this.#count(connection, fact.response.status);
        break;
      case "refused":
      case "closing":
        if (!connection.hasAsked) this.#beginUnasked(connection);
        break;
      case "closed":
        if (!connection.hasAsked) this.#beginUnasked(connection);
        this.#connections.delete(fact.client.id);
        this.#last = undefined;
        break;
    }
    if (connection.shown > 0) this.#show(connection, fact);
  };

  #connectionOf(
    client: Client,
    type: Fact["type"],
  ): Connection | undefined {
    if (this.#last?.client.id === client.id) return this.#last;
    if (type === "refused") return newConnection(client);
    if (type === "connected") {
      this.#connections.set(client.id, newConnection(client));
    }
    return this.#last = this.#connections.get(client.id);
  }

  /** Begins the exchange of a request that has just arrived. */
  #begin(connection: Connection): void {
    const isFirst = !connection.hasAsked;
    connection.hasAsked = true;
    connection.outcome = undefined;
    if (!this.#sample.isTimed() && !this.#isFavorite(connection)) {
      connection.shown = 0;
      connection.asked = undefined;
      this.#unshown++;
      return;
    }
    const now = performance.now();
    connection.asked = now;
    connection.began = isFirst ? connection.opened : now;
    this.#choose(connection, isFirst, now);
  }

  /** A connection without a request is an exchange too. */
  #beginUnasked(connection: Connection): void {
    connection.hasAsked = true;
    this.#choose(connection, true, performance.now());
  }

  /** Decides whether the exchange that begins is shown. */
  #choose(connection: Connection, isFirst: boolean, now: number): void {
    if (!this.#sample.isShown(now) && !this.#isFavorite(connection)) {
      connection.shown = 0;
      this.#unshown++;
      return;
    }
    const { client, began } = connection;
    connection.shown = ++this.#shown;
    this.#options.show({
      event: isFirst ? "connected" : "continued",
      client: client.address,
      identity: client.identity,
      time: Math.round(Date.now() - (now - began)),
      exchange: connection.shown,
      at: 0,
    });
  }

  #isFavorite({ client }: Connection): boolean {
    return this.favorites.size > 0 && this.favorites.has(client.address);
  }

  #count(connection: Connection, status: number): void {
    // A cached client error is a hit, but a server has no other outcome for it.
    const outcome = status >= 500
      ? "error"
      : connection.outcome ?? (status === 200 ? "answered" : "error");
    connection.outcome = outcome;
    const { figures } = this.#options;
    if (connection.asked === undefined) return figures.count(outcome);
    const now = performance.now();
    figures.time(outcome, now, now - connection.asked);
  }

  #show({ shown, began, outcome }: Connection, fact: Fact): void {
    this.#options.show({
      ...describe(fact, this.#options.frames),
      ...(fact.type === "response" && { outcome }),
      exchange: shown,
      at: Math.round(100 * (performance.now() - began)) / 100,
    });
  }
}

function newConnection(client: Client): Connection {
  const now = performance.now();
  return {
    client,
    opened: now,
    began: now,
    asked: undefined,
    outcome: undefined,
    shown: 0,
    hasAsked: false,
  };
}
