// @ts-check
/// <reference lib="dom" />
/** The stream of facts, and what the page knows from it. */

/** @import { Exchange, FactRecord } from "./exchange.js" */

/** @import { Rates } from "../figures.ts" */
/** @import { Hello, Present } from "../overview.ts" */

/** How many exchanges to keep. */
const KEPT = 200;

/** How many seconds the curves show. */
const SECONDS = 300;

/** How long to wait before connecting again, in milliseconds. */
const RETRY = 1_000;

/** Everything the page shows, kept up to date. */
export class Live {
  /** @type {"connecting" | "open" | "lost"} */
  state = "connecting";
  /** @type {Hello | undefined} */
  hello;
  /** @type {Present | undefined} */
  present;
  /** The requests of each second by outcome, oldest first. @type {readonly Rates[]} */
  rates = [];
  /** Newest first. @type {Exchange[]} */
  exchanges = [];
  /** How many exchanges of the last second are not shown. */
  unshown = 0;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {Map<number, Exchange>} */
  #byId = new Map();
  #isNotifying = false;

  /** Connects, and connects again whenever the connection is lost. */
  connect() {
    const source = new EventSource("/facts");
    /** @param {string} name @param {(data: any) => void} act */
    const on = (name, act) => {
      source.addEventListener(name, (event) => {
        act(JSON.parse(event.data));
        this.#notify();
      });
    };
    on("hello", (hello) => this.#begin(hello));
    on("message", (record) => this.#add(record));
    on("figures", (figures) => {
      this.present = figures;
      this.unshown = figures.unshown;
      this.rates = [...this.rates, figures.rates].slice(-SECONDS);
    });
    on("draining", () => {
      if (this.hello) this.hello = { ...this.hello, isDraining: true };
    });
    source.addEventListener("error", () => {
      this.state = "lost";
      this.#notify();
      // The browser gives up after an answer that is no stream.
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(() => this.connect(), RETRY);
      }
    });
  }

  /** @param {() => void} listener @returns {() => void} */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {Hello} hello */
  #begin(hello) {
    this.state = "open";
    this.hello = hello;
    this.present = hello;
    this.rates = hello.rates;
    this.unshown = 0;
    this.exchanges = [];
    this.#byId.clear();
  }

  /** @param {FactRecord} record */
  #add(record) {
    const { exchange: id, time, client, identity } = record;
    const known = this.#byId.get(id);
    if (known) {
      const exchange = { ...known, records: [...known.records, record] };
      this.#byId.set(id, exchange);
      const index = this.exchanges.indexOf(known);
      if (index >= 0) this.exchanges[index] = exchange;
    } else if (time !== undefined && client !== undefined) {
      const exchange = {
        id,
        time,
        client,
        ...(identity !== undefined && { identity }),
        records: [record],
      };
      this.#byId.set(id, exchange);
      this.exchanges.unshift(exchange);
      const last = this.exchanges.length > KEPT
        ? this.exchanges.pop()
        : undefined;
      if (last) this.#byId.delete(last.id);
    }
  }

  /** Tells the listeners once for all that arrives together. */
  #notify() {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    setTimeout(() => {
      this.#isNotifying = false;
      for (const listener of this.#listeners) listener();
    }, 50);
  }
}
