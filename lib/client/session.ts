import { ExpressionError, format, parse } from "../expression/mod.ts";
import { type Answer, decodeResponse, RemoteError } from "../message/mod.ts";
import {
  type Address,
  connect,
  type Connection,
  formatAddress,
  NoAnswerError,
} from "../net/mod.ts";
import { type Frame, ProtocolError } from "../protocol/mod.ts";
import { type CalculateOptions, canonicalRequest } from "./calculate.ts";
import type { Report } from "./report.ts";

/**
 * Evaluates expressions one after the other over one connection, which it opens
 * when it needs it and closes first.
 */
export class Session implements Disposable {
  readonly #address: Address;
  readonly #options: CalculateOptions;
  readonly #report: Report;
  #connection: Connection | undefined;
  #result: string | undefined;
  #isAnswered = true;

  /**
   * @param address The server or proxy to ask.
   * @param options What the requests say, and how long to wait for the answers.
   * @param report Where results, errors and facts are printed.
   */
  constructor(address: Address, options: CalculateOptions, report: Report) {
    this.#address = address;
    this.#options = { ...options, watch: report.watch };
    this.#report = report;
  }

  /** The server or proxy to ask, as `HOST:PORT`. */
  get peer(): string {
    return formatAddress(this.#address);
  }

  /** The last result, if there is one. */
  get result(): string | undefined {
    return this.#result;
  }

  /** Whether the last request was answered; true before the first. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /**
   * Evaluates an expression, and prints its result or its error.
   *
   * @param source The expression.
   * @param signal Gives up when it is aborted, and closes the connection.
   * @returns The exit status: 0; 1 if the calculation failed; 2 if the
   * expression could not be sent; 3 if there was no answer.
   * @throws The reason of the signal, if it is aborted.
   */
  async calculate(source: string, signal?: AbortSignal): Promise<number> {
    let expression = source;
    try {
      expression = format(parse(source));
      const request = canonicalRequest(source, this.#options);
      const answer = await this.#ask(request, signal);
      this.#isAnswered = true;
      this.#result = answer.result;
      this.#report.answer(expression, answer);
      return 0;
    } catch (error) {
      const status = exitStatus(error);
      if (status === undefined || !(error instanceof Error)) throw error;
      if (error instanceof RemoteError) this.#isAnswered = true;
      if (error instanceof NoAnswerError) this.#isAnswered = false;
      this.#report.error(expression, error, this.peer);
      return status;
    }
  }

  /** Ends the connection; the next expression opens another. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Ends the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #ask(request: Frame, signal?: AbortSignal): Promise<Answer> {
    const isReused = this.#connection !== undefined;
    this.#connection ??= await connect(this.#address, {
      ...this.#options,
      ...(signal && { signal }),
    });
    const connection = this.#connection;
    try {
      return decodeResponse(await connection.ask(request, { signal }));
    } catch (error) {
      if (error instanceof RemoteError) throw error;
      this.close();
      if (error instanceof ProtocolError) {
        const message =
          `${connection.peer} sent an invalid response: ${error.message}`;
        throw new NoAnswerError("garbled", message, { cause: error });
      }
      // The peer may have closed it while it was idle.
      const isClosed = error instanceof NoAnswerError &&
        error.reason === "closed";
      if (isReused && isClosed) return await this.#ask(request, signal);
      throw error;
    }
  }
}

/** The exit status for an error, or `undefined` for one that only a bug explains. */
function exitStatus(error: unknown): number | undefined {
  if (error instanceof ExpressionError) return 2;
  // Only a request that does not fit into a frame: answers have been read by now.
  if (error instanceof ProtocolError) return 2;
  if (error instanceof NoAnswerError) return 3;
  if (error instanceof RemoteError) return error.status < 500 ? 1 : 3;
}
