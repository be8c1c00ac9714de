import type { Client, Frame, Watch } from "../protocol/mod.ts";
import { expressionOf } from "../watch/contents.ts";
import type { Fact } from "../watch/fact.ts";
import { type FactRecord, record } from "../watch/record.ts";
import type { Figures } from "./figures.ts";
import type { Frames } from "./frames.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** How many exchanges a second are shown. */
const SHOWN_PER_SECOND = 20;

/**
 * Of the exchanges that are not shown, one in so many is timed, as reading the clock
 * costs more than all else here. The others count like the last timed one with
 * their outcome.
 */
const TIMED_EVERY = 8;

/** The most characters of an expression that a record quotes. */
const MAX_EXPRESSION = 500;

/** A fact of an exchange that is shown. Times are in milliseconds. */
export interface ExchangeRecord extends FactRecord {
  /** The number of the exchange. */
  readonly exchange: number;
  /** When it happened, since the exchange began. */
  readonly at: number;
}

/** The connection of a client and its exchange, the last or the current one. */
interface Connection {
  readonly opened: number;
  /** When the exchange began: with the connection or with its request. */
  began: number;
  /** When its request arrived, or `NaN` if it is not timed. */
  asked: number;
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
  readonly favourites: Set<string> = new Set();
  /** By the ids of their clients: a coalesced request has another object. */
  readonly #connections = new Map<number, Connection>();
  readonly #options: ExchangesOptions;
  #shown = 0;
  #unshown = 0;
  /** How many more exchanges may be shown now, and since when. */
  #allowance = SHOWN_PER_SECOND;
  #now = performance.now();
  #untimed = 0;
  /** How long the last timed answer took, by outcome. */
  readonly #elapsed = new Map<Outcome, number>();
  /** The client of the last fact: most facts have the same as the one before. */
  #client: number | undefined;
  #connection: Connection | undefined;

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
   * Lets more exchanges be shown as time passes. Requests that are not timed do not
   * notice that it does: to be called about every second.
   *
   * @param now The time in milliseconds, by `performance.now()`.
   */
  earn(now: number): void {
    const earned = (now - this.#now) * SHOWN_PER_SECOND / 1000;
    this.#allowance = Math.min(this.#allowance + earned, SHOWN_PER_SECOND);
    this.#now = now;
  }

  /** Takes a fact. */
  readonly watch: Watch<Fact> = (fact) => {
    if (!("client" in fact)) return;
    const { client } = fact;
    if (fact.type === "connected") {
      this.#connections.set(client.id, newConnection());
      return;
    }
    if (fact.type === "refused") return this.#refused(fact);
    if (client.id !== this.#client) {
      this.#client = client.id;
      this.#connection = this.#connections.get(client.id);
    }
    const connection = this.#connection;
    if (!connection) return;
    switch (fact.type) {
      case "request":
        this.#begin(connection, client);
        break;
      case "response":
        this.#count(connection, fact.response);
        break;
      case "closing":
        if (!connection.hasAsked) this.#beginUnasked(connection, client);
        break;
      case "closed":
        this.#connections.delete(client.id);
        this.#client = this.#connection = undefined;
        if (!connection.hasAsked) this.#beginUnasked(connection, client);
        break;
      default:
        connection.outcome = outcomeOf(fact) ?? connection.outcome;
    }
    if (connection.shown > 0) {
      this.#show(connection, { ...record(fact), ...this.#detailsOf(fact) });
    }
  };

  /** Begins the exchange of a request that has just arrived. */
  #begin(connection: Connection, client: Client): void {
    connection.outcome = undefined;
    const isFirst = !connection.hasAsked;
    connection.hasAsked = true;
    if (
      this.#allowance < 1 && this.favourites.size === 0 &&
      ++this.#untimed % TIMED_EVERY > 0
    ) {
      connection.shown = 0;
      connection.asked = NaN;
      this.#unshown++;
      return;
    }
    const now = performance.now();
    connection.asked = now;
    connection.began = isFirst ? connection.opened : now;
    this.#choose(connection, client, now);
    if (connection.shown > 0) this.#showStart(connection, client, isFirst);
  }

  /** A connection without a request is an exchange too. */
  #beginUnasked(connection: Connection, client: Client): void {
    connection.hasAsked = true;
    this.#choose(connection, client, performance.now());
    if (connection.shown > 0) this.#showStart(connection, client, true);
  }

  #refused(fact: Fact & { client: Client }): void {
    const connection = newConnection();
    this.#choose(connection, fact.client, connection.opened);
    if (connection.shown > 0) this.#show(connection, record(fact), Date.now());
  }

  #showStart(connection: Connection, client: Client, isFirst: boolean): void {
    const time = Date.now() - (performance.now() - connection.began);
    const event = isFirst ? "connected" : "continued";
    this.#show(connection, { event, client: client.address }, time, 0);
  }

  /** Decides whether the exchange that begins is shown. */
  #choose(connection: Connection, client: Client, now: number): void {
    this.earn(now);
    const isFavourite = this.favourites.size > 0 &&
      this.favourites.has(client.address);
    if (this.#allowance >= 1 || isFavourite) {
      this.#allowance = Math.max(this.#allowance - 1, 0);
      connection.shown = ++this.#shown;
    } else {
      connection.shown = 0;
      this.#unshown++;
    }
  }

  #count(connection: Connection, { status }: Frame): void {
    // A cached client error is a hit, but a server has no other outcome for it.
    const outcome = status >= 500
      ? "error"
      : connection.outcome ?? (status === 200 ? "answered" : "error");
    connection.outcome = outcome;
    let elapsed = this.#elapsed.get(outcome);
    let now = this.#now;
    if (elapsed === undefined || connection.asked > 0) {
      now = performance.now();
      // The first with an outcome may be untimed: then it took no time to speak of.
      elapsed = now - (connection.asked || now);
      this.#elapsed.set(outcome, elapsed);
    }
    this.#options.figures.count(outcome, now, elapsed);
  }

  #show(
    { shown, began, outcome }: Connection,
    fact: FactRecord,
    time?: number,
    at = performance.now() - began,
  ): void {
    this.#options.show({
      ...fact,
      ...(fact.event === "response" && { outcome }),
      ...(time !== undefined && { time: Math.round(time) }),
      exchange: shown,
      at: Math.round(100 * at) / 100,
    });
  }

  /** What a reader wants to know beyond the record of a fact. */
  #detailsOf(fact: Fact): Partial<FactRecord> {
    const { frames } = this.#options;
    switch (fact.type) {
      case "request":
        return {
          frame: frames.keep(fact.request),
          expression: expressionOf(fact.request)?.slice(0, MAX_EXPRESSION),
        };
      case "sending":
        return { frame: frames.keep(fact.request) };
      case "response":
      case "answered":
      case "closing":
        return { frame: frames.keep(fact.response) };
      case "no answer":
        return { reason: fact.error.reason };
      default:
        return {};
    }
  }
}

function newConnection(): Connection {
  const now = performance.now();
  return {
    opened: now,
    began: now,
    asked: now,
    outcome: undefined,
    shown: 0,
    hasAsked: false,
  };
}
