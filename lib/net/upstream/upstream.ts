import type { Client, Frame, Watch } from "../../protocol/mod.ts";
import { catchRejection } from "../../protocol/watch.ts";
import type { Address } from "../address.ts";
import { connectWhile } from "../connect.ts";
import type { Connection } from "../connection.ts";
import { IdleConnections } from "./idle_connections.ts";
import { NoAnswerError } from "../no_answer_error.ts";
import type { TlsOptions } from "../tls/tls_options.ts";
import type { UpstreamFact } from "./upstream_fact.ts";

/** Options for {@linkcode Upstream}. */
export interface UpstreamOptions {
  /** How long to wait for a response, in milliseconds. */
  readonly timeout: number;
  /** How long to wait for a connection, in milliseconds. */
  readonly connectTimeout: number;
  /** Connects over TLS. Called for each connection. */
  readonly tls: (() => TlsOptions) | undefined;
  /** The maximum number of idle connections to keep. */
  readonly maxIdleConnections: number;
  /** The error if a response with status 500 refuses this client. */
  readonly refusal: (
    response: Frame,
    peer: string,
  ) => NoAnswerError | undefined;
  /** Called with each fact as it happens. */
  readonly watch: Watch<UpstreamFact> | undefined;
}

/** The only status for which {@linkcode UpstreamOptions.refusal} is called. */
const SERVER_ERROR = 500;

/** A server that requests are forwarded to, and the idle connections to it. */
export class Upstream {
  /** Distinguishes it from other servers. */
  readonly name: string;
  /** Where it listens. */
  readonly address: Address;
  readonly #options: UpstreamOptions;
  readonly #idle: IdleConnections;

  /**
   * @param name Distinguishes it from other servers.
   * @param address Where it listens.
   * @param options Timeouts, TLS, idle connections and a watcher.
   */
  constructor(name: string, address: Address, options: UpstreamOptions) {
    this.name = name;
    this.address = address;
    this.#options = options;
    this.#idle = new IdleConnections(options.maxIdleConnections);
  }

  /**
   * Sends a request and waits for the response, on an idle connection or a new
   * one.
   *
   * @param request The request. It must stay valid until the promise settles.
   * @param client The client that sent it. Its `closeSignal` cancels the request.
   * @param attempt The number of the attempt, for the facts.
   * @throws {NoAnswerError} If there is no response.
   */
  async ask(request: Frame, client: Client, attempt: number): Promise<Frame> {
    const { watch } = this.#options;
    const { address: upstream } = this;
    watch?.({ type: "asking", upstream, client, request, attempt });
    try {
      return await this.#ask(request, client);
    } catch (error) {
      if (error instanceof NoAnswerError) {
        watch?.({ type: "no answer", upstream, client, attempt, error });
      }
      throw error;
    }
  }

  /** Closes the connections that are idle now. */
  closeIdle(): void {
    this.#idle.clear();
  }

  /** Closes the idle connections, and keeps no more. */
  close(): void {
    this.#idle.close();
  }

  async #ask(request: Frame, client: Client): Promise<Frame> {
    client.closeSignal?.throwIfAborted();
    const kept = this.#idle.take();
    try {
      if (kept) return await this.#exchange(kept, request, client);
    } catch (error) {
      // It was closed while idle, which does not mean that the server is down.
      if (!isUnanswered(error)) throw error;
    }
    const { timeout, connectTimeout, tls, watch } = this.#options;
    const options = { timeout, connectTimeout, tls: tls?.() };
    const { closeSignal } = client;
    const opened = await connectWhile(closeSignal, this.address, options);
    watch?.({ type: "upstream opened", upstream: this.address, client });
    return await this.#exchange(opened, request, client);
  }

  async #exchange(
    connection: Connection,
    request: Frame,
    client: Client,
  ): Promise<Frame> {
    const { watch } = this.#options;
    const { address: upstream } = this;
    watch?.({ type: "sending", upstream, client, request });
    try {
      const response = await connection.ask(request, {
        signal: client.closeSignal,
      });
      watch?.({ type: "answered", upstream, client, response });
      if (response.status === SERVER_ERROR) {
        this.#assertServed(response, connection.peer);
      }
      if (!this.#idle.keep(connection)) {
        watch?.({ type: "upstream closed", upstream, client });
      }
      return response;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Throws if a server error refuses this client rather than the request. */
  #assertServed(response: Frame, peer: string): void {
    const error = this.#options.refusal(response, peer);
    catchRejection(error, "refusal");
    if (error instanceof NoAnswerError) throw error;
  }
}

/** Whether the next attempt at the same server may succeed. */
export function isWorthRetrying(error: NoAnswerError): boolean {
  const { reason, phase } = error;
  if (phase === "connecting") return reason !== "untrusted";
  return reason === "busy" || isUnanswered(error);
}

/** Whether the connection was closed before the first byte of a response. */
function isUnanswered(error: unknown): error is NoAnswerError {
  return error instanceof NoAnswerError && error.reason === "closed" &&
    error.phase === "waiting";
}
