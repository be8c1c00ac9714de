import type { CalculateOptions } from "./calculate.ts";
import { ExpressionError, format, parse } from "../expression/mod.ts";
import {
  type Address,
  connect,
  type Connection,
  formatAddress,
  NoAnswerError,
} from "../net/mod.ts";
import {
  type Answer,
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "../message/mod.ts";
import { type Frame, ProtocolError } from "../protocol/mod.ts";
import type { Report } from "./report.ts";

/**
 * A client's talk with a server or a proxy: expressions one after the other
 * over one connection, which the client opens when it needs it and closes first.
 */
export class Session implements Disposable {
  readonly #address: Address;
  readonly #options: CalculateOptions;
  readonly #report: Report;
  #connection: Connection | undefined;

  /**
   * @param address Whom to ask.
   * @param options What the requests say, and how long to wait for the answers.
   * @param report Who is told what happens.
   */
  constructor(address: Address, options: CalculateOptions, report: Report) {
    this.#address = address;
    this.#options = options;
    this.#report = report;
  }

  /**
   * Has an expression computed, and reports its result or its error.
   *
   * @returns The exit status that it is worth: 0; 1 if the calculation failed;
   * 2 if it was not fit to be sent; 3 if there was no answer.
   */
  async calculate(source: string): Promise<number> {
    let expression = source;
    try {
      expression = format(parse(source));
      const request = encodeRequest(expression, this.#options);
      this.#report.answer(expression, await this.#ask(request));
      return 0;
    } catch (error) {
      const status = exitStatus(error);
      if (status === undefined || !(error instanceof Error)) throw error;
      this.#report.error(expression, error, formatAddress(this.#address));
      return status;
    }
  }

  /** Ends the connection; the next expression opens another. */
  close(): void {
    if (!this.#connection) return;
    this.#connection.close();
    this.#report.log(this.#connection.peer, "Connection closed");
    this.#connection = undefined;
  }

  /** Ends the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #ask(request: Frame): Promise<Answer> {
    const isReused = this.#connection !== undefined;
    const connection = this.#connection ??= await this.#connect();
    const { peer } = connection;
    const log = (message: string) => this.#report.log(peer, message);
    log(`Sending request of length ${request.bytes.length} bytes`);
    try {
      const response = await connection.ask(request);
      log(`Got response of length ${response.bytes.length} bytes`);
      return decodeResponse(response);
    } catch (error) {
      if (error instanceof RemoteError) throw error;
      this.close();
      if (error instanceof ProtocolError) {
        const message = `${peer} sent garbage: ${error.message}`;
        throw new NoAnswerError("garbled", message, { cause: error });
      }
      // It may have been closed while nobody asked anything.
      const isClosed = error instanceof NoAnswerError &&
        error.reason === "closed";
      if (isReused && isClosed) return await this.#ask(request);
      throw error;
    }
  }

  async #connect(): Promise<Connection> {
    const connection = await connect(this.#address, this.#options);
    this.#report.log(connection.peer, "Connection established");
    return connection;
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
