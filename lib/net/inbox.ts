import {
  describeCutFrame,
  type Frame,
  FrameReader,
  HEADER_LENGTH,
  ProtocolError,
  type Source,
} from "../protocol/mod.ts";
import type { Clock, Deadline, Timeouts } from "./deadline.ts";
import { foreignProtocol, ForeignProtocolError } from "./foreign_protocol.ts";

/** What an inbox needs of its server. */
export interface InboxOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
}

/** Reads the requests of one client, and limits how long it waits for them. */
export class Inbox {
  readonly #frames: FrameReader;
  readonly #deadline: Deadline;
  readonly #options: InboxOptions;
  #isWaiting = false;
  #isMidFrame = false;
  /** Whether the client may still turn out to speak another protocol. */
  #isUnknown = true;
  #idleSince = 0;

  /**
   * @param source The connection to read from.
   * @param deadline Set to when the client has to send something.
   * @param options The clock and the timeouts.
   */
  constructor(source: Source, deadline: Deadline, options: InboxOptions) {
    this.#frames = new FrameReader(source);
    this.#deadline = deadline;
    this.#options = options;
  }

  /** Whether it waits for the client. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /**
   * When the client became idle, as an increasing number; `undefined` if it is
   * not idle.
   */
  get idleSince(): number | undefined {
    return this.#isWaiting && !this.#isMidFrame ? this.#idleSince : undefined;
  }

  /** Waits for something other than a frame: the client is idle. */
  wait(action: string, timeout: number): void {
    this.#deadline.set(action, timeout);
    this.#isWaiting = true;
    this.#idleSince = ++this.#options.clock.idles;
  }

  /** The wait is over: it is no longer the client's turn. */
  stopWaiting(): void {
    this.#isWaiting = false;
  }

  /**
   * Waits for more of a request, until {@linkcode Inbox.stopWaiting}.
   *
   * @returns `false` at end of stream.
   */
  read(): Promise<boolean> {
    const { timeouts } = this.#options;
    if (this.#frames.pending === 0) {
      this.wait("send a request", timeouts.idle);
    } else if (!this.#isMidFrame) {
      // The timeout covers the whole rest of the frame, not each read.
      this.#isMidFrame = true;
      this.#deadline.set("finish a frame", timeouts.read);
    }
    this.#isWaiting = true;
    return this.#frames.fill();
  }

  /** Reads while a handler is pending: see {@linkcode FrameReader.readAhead}. */
  readAhead(): Promise<boolean> | undefined {
    return this.#frames.readAhead();
  }

  /**
   * Takes the next request, which is valid until the next read, or `undefined` if it
   * is incomplete.
   *
   * @throws {ProtocolError} If its length field is invalid, or the client speaks
   * another protocol.
   */
  take(): Frame | undefined {
    if (this.#isUnknown) this.#recognize();
    const request = this.#frames.take();
    if (!request) return undefined;
    this.#isMidFrame = false;
    this.#deadline.clear();
    return request;
  }

  /**
   * Checks that no request was cut off by the end of the stream.
   *
   * @throws {ProtocolError} If one was.
   */
  checkEnd(): void {
    if (this.#frames.pending === 0) return;
    const cut = describeCutFrame(this.#frames.rest);
    throw new ProtocolError(`the connection ended after ${cut}`);
  }

  #recognize(): void {
    const protocol = foreignProtocol(this.#frames.rest);
    if (protocol) throw new ForeignProtocolError(protocol);
    this.#isUnknown = this.#frames.pending < HEADER_LENGTH;
  }
}
