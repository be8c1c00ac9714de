import {
  describeCutFrame,
  type Frame,
  FrameReader,
  ProtocolError,
  type Source,
} from "../protocol/mod.ts";
import { foreignProtocol } from "./foreign_protocol.ts";
import { NoAnswerError, type NoAnswerPhase } from "./no_answer_error.ts";
import { refusalIn } from "./tls/tls_alert.ts";

/** Reads the responses of a peer. */
export class ResponseReader {
  readonly #frames: FrameReader;
  readonly #peer: string;

  /**
   * @param source The connection to read from.
   * @param peer The address of the peer, as `HOST:PORT`.
   */
  constructor(source: Source, peer: string) {
    this.#frames = new FrameReader(source);
    this.#peer = peer;
  }

  /** How far the exchange has come. */
  get phase(): NoAnswerPhase {
    return this.#frames.pending > 0 ? "answering" : "waiting";
  }

  /** The error if something arrived without a request. */
  get unrequested(): NoAnswerError | undefined {
    return this.#frames.pending > 0 ? this.garbled(UNREQUESTED) : undefined;
  }

  /**
   * Reads the next response, which stays valid.
   *
   * @throws {NoAnswerError} If there is none, or the source fails.
   */
  async next(): Promise<Frame> {
    try {
      return await this.#next();
    } catch (cause) {
      if (cause instanceof NoAnswerError) throw cause;
      if (cause instanceof ProtocolError) {
        throw this.garbled(cause.message, cause);
      }
      const refusal = refusalIn(cause);
      if (refusal) {
        const { phase } = this;
        const message = `${this.#peer} ${refusal}`;
        throw new NoAnswerError("untrusted", message, { phase, cause });
      }
      throw this.#brokenOff("dropped", cause);
    }
  }

  /**
   * Reads while no request is pending. The next response can then be read as usual.
   *
   * @returns A function that creates the error, if there still is no request: the
   * peer has closed the connection or sent something.
   */
  async readIdle(): Promise<() => NoAnswerError> {
    try {
      const isOpen = this.#frames.pending > 0 || await this.#frames.readAhead();
      return isOpen
        ? () => this.garbled(UNREQUESTED)
        : () => this.#closed("closed", WHILE_IDLE);
    } catch (cause) {
      return () => this.#closed("dropped", WHILE_IDLE, cause);
    }
  }

  /**
   * Creates the error for an invalid response.
   *
   * @param problem What was expected and what was found.
   * @param cause The underlying error.
   */
  garbled(problem: string, cause?: unknown): NoAnswerError {
    const message = `${this.#peer} sent an invalid response: ${problem}`;
    return new NoAnswerError("garbled", message, { cause });
  }

  async #next(): Promise<Frame> {
    let frame = this.#frames.take();
    while (!frame) {
      const isOpen = await this.#frames.fill();
      this.#recognize();
      if (!isOpen) throw this.#brokenOff("closed");
      frame = this.#frames.take();
    }
    // The reader reuses its buffer, but a response may be kept for long.
    return frame.copy();
  }

  /** Throws if the peer speaks another protocol. */
  #recognize(): void {
    const protocol = foreignProtocol(this.#frames.rest);
    if (!protocol) return;
    const advice = protocol === "TLS" ? "connect with TLS" : "not a calculator";
    const message = `${this.#peer} speaks ${protocol}: ${advice}`;
    throw new NoAnswerError("garbled", message);
  }

  #brokenOff(how: "closed" | "dropped", cause?: unknown): NoAnswerError {
    const when = this.phase === "answering"
      ? `in the middle of its answer: ${describeCutFrame(this.#frames.rest)}`
      : "before its answer";
    return this.#closed(how, when, cause);
  }

  #closed(how: string, when: string, cause?: unknown): NoAnswerError {
    const message = `${this.#peer} ${how} the connection ${when}`;
    return new NoAnswerError("closed", message, { phase: this.phase, cause });
  }
}

const WHILE_IDLE = "while it was idle";

const UNREQUESTED = "expected no data: no request was pending";
