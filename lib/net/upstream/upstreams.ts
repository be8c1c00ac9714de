import type { Client, Frame } from "../../protocol/mod.ts";
import { type Address, formatAddress } from "../address.ts";
import { NoAnswerError } from "../no_answer_error.ts";
import { RoundRobin } from "./round_robin.ts";
import { type Endpoint, Resolver } from "./resolver.ts";
import { isWorthRetrying, Upstream, type UpstreamOptions } from "./upstream.ts";

/** Options for {@linkcode Upstreams}. */
export interface UpstreamsOptions extends UpstreamOptions {
  /** How long a server that has failed rests, in milliseconds. */
  readonly rest: number;
  /** Closes the idle connections. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The servers that requests are forwarded to. If there are several, one that does
 * not answer rests. When its rest is over, it gets a copy of one request, a probe,
 * so that no client waits for a server that may still be down.
 */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #resolver: Resolver;
  readonly #roundRobin: RoundRobin<Upstream>;
  /** The endpoints of `#all`. */
  #current: readonly Endpoint[] = [];
  #all: readonly Upstream[] = [];
  /** The sender of probes. */
  readonly #prober: Client;
  readonly #probed = new Set<Upstream>();

  /**
   * @param addresses Their addresses.
   * @param options The options for each of them, how long they rest, and a signal.
   */
  constructor(addresses: readonly Address[], options: UpstreamsOptions) {
    const { connectTimeout, signal } = options;
    this.#options = options;
    this.#resolver = new Resolver(addresses, { timeout: connectTimeout });
    this.#roundRobin = new RoundRobin(options);
    this.#prober = { id: 0, address: "probe", closeSignal: signal };
    signal?.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** The current number of servers. */
  get count(): number {
    return this.#all.length;
  }

  /** Whether each of them is in a set. */
  areAllIn(set: ReadonlySet<Upstream>): boolean {
    return this.#all.every((server) => set.has(server));
  }

  /**
   * Asks them one by one, until one answers.
   *
   * @param request The request. It must stay valid.
   * @param client The client that sent it.
   * @param attempt The number of the attempt, for the facts.
   * @param hopeless Servers not to ask. Those that should not be asked again are
   * added.
   * @throws {NoAnswerError} If none of them answers.
   */
  async ask(
    request: Frame,
    client: Client,
    attempt: number,
    hopeless: Set<Upstream>,
  ): Promise<Frame> {
    const endpoints = await this.#resolver.read();
    if (endpoints !== this.#current) this.#change(endpoints);
    for (const server of this.#roundRobin.rested(this.#all)) {
      void this.#probe(server, request);
    }
    const tried = new Set(hopeless);
    let server = this.#roundRobin.next(this.#all, tried) ?? this.#all[0]!;
    while (true) {
      try {
        return await this.#askOne(server, request, client, attempt);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        if (!isWorthRetrying(error)) hopeless.add(server);
        tried.add(server);
        const next = this.#roundRobin.next(this.#all, tried);
        if (!next) throw error;
        server = next;
      }
    }
  }

  async #askOne(
    server: Upstream,
    request: Frame,
    client: Client,
    attempt: number,
  ): Promise<Frame> {
    const { watch } = this.#options;
    const upstream = server.address;
    try {
      const response = await server.ask(request, client, attempt);
      if (this.#roundRobin.answer(server)) watch?.({ type: "back", upstream });
      return response;
    } catch (error) {
      if (this.count > 1 && this.#all.includes(server)) {
        if (error instanceof NoAnswerError) this.#fail(server, error);
        // The client has left: perhaps it was the server that took too long.
        else if (client !== this.#prober) void this.#probe(server, request);
      }
      throw error;
    }
  }

  async #probe(server: Upstream, request: Frame): Promise<void> {
    if (this.#probed.has(server) || this.#options.signal?.aborted) return;
    this.#probed.add(server);
    try {
      await this.#askOne(server, request, this.#prober, 1);
    } catch {
      // Noted already.
    }
    this.#probed.delete(server);
  }

  #fail(server: Upstream, error: NoAnswerError): void {
    const { rest, watch } = this.#options;
    const upstream = server.address;
    const isSilent = error.reason === "timed out";
    if (!this.#roundRobin.fail(server, isSilent)) return;
    server.closeIdle();
    watch?.({ type: "resting", upstream, rest, error });
  }

  /** Keeps the servers that are among the endpoints, and closes the others. */
  #change(endpoints: readonly Endpoint[]): void {
    const { tls, watch } = this.#options;
    const old = new Map(this.#all.map((server) => [server.name, server]));
    this.#all = endpoints.map(({ address, hostname }) => {
      const name = `${hostname} ${formatAddress(address)}`;
      const known = old.get(name);
      old.delete(name);
      return known ?? new Upstream(name, address, {
        ...this.#options,
        tls: tls && (() => ({ hostname, ...tls() })),
      });
    });
    this.#current = endpoints;
    for (const server of old.values()) {
      server.close();
      watch?.({ type: "gone", upstream: server.address });
    }
    if (this.#options.signal?.aborted) this.#close();
  }

  #close(): void {
    for (const server of this.#all) server.close();
  }
}
