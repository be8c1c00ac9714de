import { Frame } from "../protocol/mod.ts";

/** The requests of a pipeline. */
export type Requests = Iterable<Frame> | AsyncIterable<Frame>;

/** A connection as a pipeline uses it. */
export interface Line {
  /** Sends requests, all in one write. It does not reject: see `receive`. */
  send(requests: readonly Frame[]): Promise<void>;
  /** Waits for the next response. It rejects once the connection is closed. */
  receive(): Promise<Frame>;
}

/**
 * Sends requests without waiting for each response, as far as the number of
 * requests in flight allows.
 */
export class Pipeline {
  readonly #line: Line;
  readonly #requests: Requests;
  readonly #max: number;
  #inFlight = 0;
  #isSent = false;
  #isStopped = false;
  /** Requests that wait while others are being written. */
  #unsent: Frame[] = [];
  #isWriting = false;
  /** Resolved when the state above changes. */
  #change = Promise.withResolvers<void>();

  /**
   * @param line The connection.
   * @param requests The requests. None is taken before there is room for it.
   * @param max The maximum number of requests in flight.
   */
  constructor(line: Line, requests: Requests, max: number) {
    this.#line = line;
    this.#requests = requests;
    this.#max = max;
  }

  /** Whether responses are missing that the peer will send. */
  get isUnanswered(): boolean {
    return this.#inFlight > 0;
  }

  /**
   * The responses, in the order of the requests. An error of the source follows
   * those to the requests before it.
   */
  async *responses(): AsyncGenerator<Frame, void> {
    const sending = this.#sendAll();
    // It may fail before or after it is awaited.
    sending.catch(() => {});
    try {
      while (await this.#isAnswerDue()) {
        const response = await this.#line.receive();
        this.#inFlight--;
        this.#changed();
        yield response;
      }
      await sending;
    } finally {
      this.stop();
    }
  }

  /** Takes no more requests. */
  stop(): void {
    this.#isStopped = true;
    this.#changed();
  }

  /** Waits until a response is due, or none ever will be. */
  async #isAnswerDue(): Promise<boolean> {
    while (this.#inFlight === 0 && !this.#isSent && !this.#isStopped) {
      await this.#change.promise;
    }
    return this.#inFlight > 0 || this.#isStopped;
  }

  async #sendAll(): Promise<void> {
    try {
      for await (const request of this.#requests) {
        if (this.#isStopped) return;
        if (!(request instanceof Frame)) {
          throw new TypeError(`Expected a frame: received ${request}`);
        }
        this.#inFlight++;
        this.#changed();
        this.#unsent.push(request);
        void this.#write();
        while (this.#inFlight >= this.#max && !this.#isStopped) {
          await this.#change.promise;
        }
        if (this.#isStopped) return;
      }
    } finally {
      this.#isSent = true;
      this.#changed();
    }
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#unsent.length > 0) {
      // One write for all requests that the responses read so far make room for.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#line.send(this.#unsent.splice(0));
    }
    this.#isWriting = false;
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
