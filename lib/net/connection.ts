import { type Frame, type Watch, watchAll } from "../protocol/mod.ts";
import { checkCounts, checkTimes } from "./check.ts";
import { type Conn, writeAll } from "./conn.ts";
import type { ConnectionFact } from "./connection_fact.ts";
import type {
  AskOptions,
  ConnectionOptions,
  PipelineOptions,
} from "./connection_options.ts";
import { NoAnswerError } from "./no_answer_error.ts";
import { Outbox } from "./outbox.ts";
import { Pipeline, type Requests } from "./pipeline.ts";
import { ResponseReader } from "./response_reader.ts";
import { startTimer, within } from "./timer.ts";

/**
 * The client end of a connection, from {@linkcode connect}.
 *
 * @example Usage
 * ```ts
 * import { calculator, connect, encodeRequest, serve } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0 }, calculator());
 * const connection = await connect(server.address);
 * assertEquals(connection.peer, `127.0.0.1:${server.address.port}`);
 * assertEquals((await connection.ask(encodeRequest("6 * 7"))).status, 200);
 * connection.close();
 * ```
 */
export class Connection implements Disposable {
  /** The address of the peer, as `HOST:PORT`. */
  readonly peer: string;
  readonly #conn: Conn;
  readonly #reader: ResponseReader;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;
  readonly #watch: Watch<ConnectionFact> | undefined;
  readonly #closing = Promise.withResolvers<NoAnswerError | undefined>();
  readonly #abort = (): void => this.close();
  #pipeline: Pipeline | undefined;
  #isAsking = false;
  #isClosed = false;
  /** Whether to notice immediately when the peer closes the connection. */
  #isWatched = false;
  #isReadingIdle = false;

  /**
   * Wraps a connection and takes ownership of it.
   *
   * @param conn The connection. Close it only through this object.
   * @param peer The address of the peer, as `HOST:PORT`.
   * @param options The timeout, an abort signal and a watcher.
   */
  constructor(
    conn: Conn,
    peer: string,
    { timeout = 10_000, signal, watch }: ConnectionOptions = {},
  ) {
    checkTimes({ timeout }, 1);
    this.peer = peer;
    this.#conn = conn;
    this.#reader = new ResponseReader(conn, peer);
    this.#timeout = timeout;
    this.#signal = signal;
    this.#watch = watchAll(watch);
    signal?.addEventListener("abort", this.#abort, { once: true });
    this.#watch?.({ type: "connected", peer });
  }

  /**
   * Resolves when the connection is closed: to `undefined` if this side has closed
   * it, otherwise to the error that says why.
   *
   * Once this has been read, the connection notices immediately when the peer closes
   * it, even while no request is pending; it then keeps the process alive.
   *
   * @example A server that closes the connection
   * ```ts
   * import { calculator, connect, serve } from "@calculator/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * const server = serve({ port: 0 }, calculator());
   * using connection = await connect(server.address);
   * const { closed } = connection;
   * await server.close();
   * assertEquals((await closed)?.reason, "closed");
   * ```
   */
  get closed(): Promise<NoAnswerError | undefined> {
    this.#isWatched = true;
    this.#readIdle();
    return this.#closing.promise;
  }

  /**
   * Sends a request and waits for its response, one request at a time. If there
   * is no response, the connection is closed.
   *
   * @param request The request to send.
   * @param options A timeout and an abort signal for this request.
   * @returns The response, whatever its status.
   * @throws {NoAnswerError} If there is no response.
   * @throws {TypeError} If another request is still pending.
   * @throws {RangeError} If the timeout is out of range.
   * @throws The reason of the signal, if it is aborted.
   */
  async ask(
    request: Frame,
    { timeout, signal }: AskOptions = {},
  ): Promise<Frame> {
    if (timeout !== undefined) checkTimes({ timeout }, 1);
    this.#begin(signal);
    try {
      return await this.#inTime(timeout ?? this.#timeout, signal, async () => {
        this.#watch?.({ type: "request", peer: this.peer, request });
        // A peer that reset the connection may have sent the reason: read it.
        await writeAll(this.#conn, request.bytes).catch(() => {});
        return await this.#receive();
      });
    } finally {
      this.#end(signal);
    }
  }

  /**
   * Sends requests without waiting for each response, and returns the responses in
   * the order of the requests. No other request may be pending until the iteration
   * ends.
   *
   * Requests are taken from the source as responses are taken from the iterator, so
   * there may be any number of them. If the iteration ends before all requests that
   * were sent are answered, the connection is closed. An error of the source is
   * thrown after the responses to the requests before it, and leaves the connection
   * open.
   *
   * @param requests The requests. Their bytes must not change until they are sent.
   * @param options The maximum number of requests in flight, how long to wait for
   * each response, and an abort signal.
   * @returns The responses, whatever their status. The iteration throws a
   * {@linkcode NoAnswerError} if one is missing, the reason of the signal if it is
   * aborted, and a `TypeError` if another request is still pending.
   * @throws {RangeError} If `inFlight` is not a whole number, at least 1, or the
   * timeout is out of range.
   *
   * @example Usage
   * ```ts
   * import { calculator, connect, decodeResponse, encodeRequest, serve } from "@calculator/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * function* squares() {
   *   for (let n = 1; n <= 1000; n++) yield encodeRequest(`${n} ** 2`);
   * }
   *
   * await using server = serve({ port: 0 }, calculator());
   * using connection = await connect(server.address);
   * let sum = 0;
   * for await (const response of connection.pipeline(squares())) {
   *   sum += Number(decodeResponse(response).result);
   * }
   * assertEquals(sum, 333_833_500);
   * ```
   */
  pipeline(
    requests: Requests,
    options: PipelineOptions = {},
  ): AsyncGenerator<Frame, void> {
    const { inFlight = 64, timeout = this.#timeout, signal } = options;
    checkCounts({ inFlight }, 1);
    checkTimes({ timeout }, 1);
    const outbox = new Outbox(this.#conn);
    const pipeline = new Pipeline(
      {
        send: async (requests) => {
          for (const request of requests) {
            this.#watch?.({ type: "request", peer: this.peer, request });
            outbox.add(request);
          }
          await outbox.flush().catch(() => {});
        },
        receive: () => this.#inTime(timeout, signal, () => this.#receive()),
      },
      requests,
      inFlight,
    );
    return this.#run(pipeline, signal);
  }

  /** Closes the connection. Closing it again has no effect. */
  close(): void {
    this.#close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async *#run(
    pipeline: Pipeline,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Frame, void> {
    this.#begin(signal);
    this.#pipeline = pipeline;
    try {
      yield* pipeline.responses();
    } finally {
      this.#pipeline = undefined;
      if (pipeline.isUnanswered) this.close();
      this.#end(signal);
    }
  }

  #begin(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#isClosed) {
      this.#signal?.throwIfAborted();
      throw alreadyClosed();
    }
    if (this.#isAsking) {
      throw new TypeError("Cannot ask: another request is still pending");
    }
    const { unrequested } = this.#reader;
    if (unrequested) {
      this.#close(unrequested);
      throw unrequested;
    }
    this.#isAsking = true;
    signal?.addEventListener("abort", this.#abort);
  }

  #end(signal: AbortSignal | undefined): void {
    signal?.removeEventListener("abort", this.#abort);
    this.#isAsking = false;
    if (this.#isWatched) this.#readIdle();
  }

  /** Closes the connection if an exchange fails or takes too long. */
  async #inTime(
    timeout: number,
    signal: AbortSignal | undefined,
    exchange: () => Promise<Frame>,
  ): Promise<Frame> {
    let late: NoAnswerError | undefined;
    let timer = startTimer(() => {
      // First read what arrived while this process was suspended or busy.
      timer = setTimeout(() => {
        const message = `No answer from ${this.peer} ${within(timeout)}`;
        const { phase } = this.#reader;
        late = new NoAnswerError("timed out", message, { phase });
        this.#close(late);
      });
    }, timeout);
    try {
      return await exchange();
    } catch (error) {
      this.#close(error instanceof NoAnswerError ? error : undefined);
      this.#signal?.throwIfAborted();
      signal?.throwIfAborted();
      throw late ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #receive(): Promise<Frame> {
    // More responses may have been read before.
    if (this.#isClosed) throw alreadyClosed();
    const response = await this.#reader.next();
    this.#watch?.({ type: "response", peer: this.peer, response });
    if (response.type === "response") return response;
    throw this.#reader.garbled("expected a response: found a request");
  }

  #readIdle(): void {
    if (this.#isAsking || this.#isClosed || this.#isReadingIdle) return;
    this.#isReadingIdle = true;
    this.#reader.readIdle().then((createError) => {
      this.#isReadingIdle = false;
      if (!this.#isAsking && !this.#isClosed) this.#close(createError());
    });
  }

  #close(error?: NoAnswerError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#conn.close();
    this.#pipeline?.stop();
    this.#closing.resolve(error);
    this.#watch?.({ type: "closed", peer: this.peer });
  }
}

function alreadyClosed(): NoAnswerError {
  const message = "The connection is already closed";
  return new NoAnswerError("closed", message, { phase: "waiting" });
}
