import { ExpressionError, format } from "../expression/mod.ts";
import { type Answer, RemoteError } from "../message/mod.ts";
import {
  type Address,
  connect,
  type Connection,
  formatAddress,
  NoAnswerError,
} from "../net/mod.ts";
import { type Frame, ProtocolError, watchAll } from "../protocol/mod.ts";
import {
  type CalculateOptions,
  canonicalRequest,
  decodeAnswer,
} from "./calculate.ts";
import type { Exchange } from "./exchange.ts";
import { parseTyped } from "./parse_typed.ts";
import type { Report } from "./report.ts";

/** Options for {@linkcode Session.calculate}. */
export interface EntryOptions {
  /** Closes the connection if it is aborted; `calculate` rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether `ans` stands for the last result. */
  readonly hasAns?: boolean;
}

/**
 * Evaluates expressions one after the other over one connection, which it opens
 * on demand.
 */
export class Session implements Disposable {
  readonly #address: Address;
  readonly #options: CalculateOptions;
  readonly #report: Report;
  #connection: Connection | undefined;
  #result: string | undefined;
  #isAnswered = true;

  /**
   * @param address The server or proxy to connect to.
   * @param options Steps, caching, payload format, timeout, TLS, signal, and a
   * further watcher.
   * @param report Prints results, errors and facts.
   */
  constructor(address: Address, options: CalculateOptions, report: Report) {
    this.#address = address;
    const watch = watchAll(report.watch, options.watch) ?? report.watch;
    this.#options = { ...options, watch };
    this.#report = report;
  }

  /** The server or proxy, as `HOST:PORT`. */
  get peer(): string {
    return formatAddress(this.#address);
  }

  /** The last result, if there is one. */
  get result(): string | undefined {
    return this.#result;
  }

  /** Whether the last request was answered; true before the first one. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /**
   * Evaluates an expression and prints its result or its error.
   *
   * @param input The expression as it was typed.
   * @param options An abort signal, and whether `ans` is known.
   * @returns The exit status: 0 for a result, 1 if the evaluation failed, 2 if the
   * expression could not be sent, 3 if there was no answer.
   * @throws The reason of the signal, if it is aborted.
   */
  async calculate(
    input: string,
    { signal, hasAns = false }: EntryOptions = {},
  ): Promise<number> {
    const exchange: Exchange = {
      input,
      expression: input,
      request: undefined,
      response: undefined,
      elapsed: undefined,
    };
    const { peer } = this;
    try {
      const lastResult = hasAns ? this : undefined;
      exchange.expression = format(parseTyped(input, lastResult));
      const request = canonicalRequest(exchange.expression, this.#options);
      exchange.request = request;
      const answer = await this.#timed(exchange, request, signal);
      this.#isAnswered = true;
      this.#result = answer.result;
      this.#report.answer(exchange, answer, peer);
      return 0;
    } catch (error) {
      const status = exitStatus(error);
      if (status === undefined || !(error instanceof Error)) throw error;
      if (error instanceof RemoteError) this.#isAnswered = true;
      if (error instanceof NoAnswerError) this.#isAnswered = false;
      this.#report.error(exchange, error, peer);
      return status;
    }
  }

  /** Closes the connection. The next expression opens another. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #timed(
    exchange: Exchange,
    request: Frame,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const start = performance.now();
    try {
      return await this.#ask(exchange, request, signal);
    } finally {
      exchange.elapsed = performance.now() - start;
    }
  }

  async #ask(
    exchange: Exchange,
    request: Frame,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const isReused = this.#connection !== undefined;
    this.#connection ??= await connect(this.#address, {
      ...this.#options,
      ...(signal && { signal }),
    });
    const connection = this.#connection;
    try {
      exchange.response = await connection.ask(request, { signal });
      return decodeAnswer(exchange.response, connection);
    } catch (error) {
      if (error instanceof RemoteError) throw error;
      this.close();
      // The peer may have closed it while it was idle.
      const isClosed = error instanceof NoAnswerError &&
        error.reason === "closed";
      if (isReused && isClosed) {
        return await this.#ask(exchange, request, signal);
      }
      throw error;
    }
  }
}

/** The exit status for an error, or `undefined` for an unexpected one. */
function exitStatus(error: unknown): number | undefined {
  if (error instanceof ExpressionError) return 2;
  // The request does not fit into a frame.
  if (error instanceof ProtocolError) return 2;
  if (error instanceof NoAnswerError) return 3;
  if (error instanceof RemoteError) return error.status < 500 ? 1 : 3;
}
