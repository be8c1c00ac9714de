import {
  type Client,
  type Frame,
  FrameReader,
  type Handler,
  ProtocolError,
  type Watch,
} from "../protocol/mod.ts";
import { closeOnce, type Conn } from "./conn.ts";
import type { ErrorResponse, ServerError } from "./error_response.ts";
import { lookForInput, type Turn } from "./fair_queue.ts";
import { Outbox } from "./outbox.ts";

/** What happens at a server, as far as it knows by itself. */
export type ServeFact =
  /** A client has connected, or has been refused as there are too many. */
  | { readonly type: "connected" | "refused"; readonly client: Client }
  /** A request has arrived. */
  | {
    readonly type: "request";
    readonly client: Client;
    readonly request: Frame;
  }
  /** A response is about to be sent. */
  | {
    readonly type: "response";
    readonly client: Client;
    readonly response: Frame;
  }
  /**
   * The connection is about to be closed, as there are too many or a frame is
   * invalid; the response says why.
   */
  | {
    readonly type: "closing";
    readonly client: Client;
    readonly response: Frame;
  }
  /** The handler has failed; the client gets a bare status 500. */
  | {
    readonly type: "fault";
    readonly client: Client;
    readonly error: unknown;
  }
  /** A connection is closed; with the reason, if it did not end in good order. */
  | {
    readonly type: "closed";
    readonly client: Client;
    readonly reason: unknown;
  };

/** A clock that all conversations share, so that a request costs no look at a real one. */
export interface Clock {
  /** The time in milliseconds, by `performance.now()`, up to a tick ago. */
  now: number;
  /** How many times a conversation has become idle: finer than the time. */
  idles: number;
}

/** How long a client may take, in milliseconds. */
export interface Timeouts {
  /** To send the rest of a frame, or to finish a TLS handshake. */
  readonly read: number;
  /** To send its next request. */
  readonly idle: number;
  /** To receive the responses that are being sent. */
  readonly write: number;
}

/** What a conversation shares with the others of its server. */
export interface Shared {
  readonly handler: Handler;
  readonly watch: Watch<ServeFact> | undefined;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly errorResponse: ErrorResponse;
}

/**
 * The answering end of a connection: one client, answered from its first request
 * to its last, in order. What arrives together is answered in one write.
 */
export class Conversation {
  /** Who is answered. */
  readonly client: Client;
  readonly #conn: Conn;
  readonly #shared: Shared;
  readonly #turn: Turn;
  readonly #frames: FrameReader;
  readonly #outbox: Outbox;
  /** What the client is expected to do, and until when. */
  #expected = "";
  #deadline = Infinity;
  #isReading = false;
  #isMidFrame = false;
  #isSecured = true;
  #idleSince = 0;
  #isEnding = false;
  #reason: unknown;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param conn The connection, which is closed at the end.
   * @param client Who is at the other end.
   * @param shared What all conversations of the server share.
   * @param turn Its share of the thread.
   */
  constructor(conn: Conn, client: Client, shared: Shared, turn: Turn) {
    this.client = client;
    this.#conn = conn;
    this.#shared = shared;
    this.#turn = turn;
    this.#frames = new FrameReader(conn);
    this.#outbox = new Outbox(conn);
  }

  /** Answers until the client has no more requests, or the server ends it. */
  async run(): Promise<void> {
    const { client } = this;
    const { watch } = this.#shared;
    try {
      watch?.({ type: "connected", client });
      // A small response does not wait until the last one is acknowledged.
      this.#conn.setNoDelay();
      if (this.#conn.handshake) this.#secure(this.#conn.handshake);
      while (!this.#isEnding && await this.#read()) {
        if (!this.#isEnding) await this.#answer();
      }
      if (this.#frames.pending > 0 && !this.#isEnding) {
        throw new ProtocolError(
          `the connection ended after ${this.#frames.pending} bytes of a frame`,
        );
      }
      if (this.#isEnding) await hangUp(this.#conn);
    } catch (error) {
      // An end that the server wants has its reason already, or needs none.
      if (!this.#isEnding) this.#reason = error;
      // Only the framing throws it: the start of the next frame is unknown.
      if (error instanceof ProtocolError) {
        await this.#hangUpWith(clientError(error));
      }
    } finally {
      clearTimeout(this.#linger);
      closeOnce(this.#conn);
      watch?.({ type: "closed", client, reason: this.#reason });
    }
  }

  /**
   * Tells the client that there are too many connections, and closes this one.
   *
   * @param others How many other clients are being refused.
   */
  async refuse(others: number): Promise<void> {
    this.#isEnding = true;
    this.#shared.watch?.({ type: "refused", client: this.client });
    try {
      // TLS would need a handshake first, which is expensive.
      if (this.#conn.handshake) return;
      if (others < MAX_LINGERING) return await this.#hangUpWith(BUSY);
      this.#addLast(BUSY);
      await this.#outbox.flush();
    } catch {
      // The client is gone already.
    } finally {
      closeOnce(this.#conn);
    }
  }

  /**
   * Ends it when all requests that have arrived are answered. A client without
   * any is told at once, and has a moment to close first.
   */
  drain(): void {
    this.#isEnding = true;
    if (!this.#isReading) return;
    // Its last responses may still be in flight: hangUp follows if it sends more.
    this.#conn.closeWrite().catch(() => {});
    this.#linger = setTimeout(() => closeOnce(this.#conn), LINGER);
  }

  /** Ends it at once. */
  end(): void {
    this.#isEnding = true;
    closeOnce(this.#conn);
  }

  /** When the client became idle, as a rising number; `undefined` if it is not. */
  get idleSince(): number | undefined {
    const isIdle = this.#isReading && !this.#isMidFrame && !this.#isEnding;
    return isIdle ? this.#idleSince : undefined;
  }

  /** Ends it at once, as another client needs its place. */
  makeRoom(): void {
    this.#reason = new Error("made room for another client");
    this.end();
  }

  /**
   * Ends it if the client has taken too long.
   *
   * @param now A time that is past, by the clock.
   */
  expire(now: number): void {
    if (now < this.#deadline || this.#isEnding) return;
    this.#reason = new Error(`the client took too long to ${this.#expected}`);
    this.end();
  }

  /** Gives a TLS handshake the time of a frame, whatever is read meanwhile. */
  async #secure(handshake: Promise<void>): Promise<void> {
    this.#isSecured = false;
    await handshake;
    this.#isSecured = true;
    if (this.idleSince !== undefined) this.#expectRequest();
  }

  #read(): Promise<boolean> {
    if (this.#frames.pending === 0) {
      this.#expectRequest();
      this.#idleSince = ++this.#shared.clock.idles;
    } else if (!this.#isMidFrame) {
      // However slowly the rest trickles in, it has this time in all.
      this.#isMidFrame = true;
      this.#expect("finish a frame", this.#shared.timeouts.read);
    }
    this.#isReading = true;
    return this.#frames.fill();
  }

  async #answer(): Promise<void> {
    this.#isReading = false;
    const { client } = this;
    const { watch } = this.#shared;
    const wait = this.#turn.begin();
    if (wait) await wait;
    for (let request; (request = this.#frames.take()) !== undefined;) {
      this.#isMidFrame = false;
      // The client has done its part.
      this.#deadline = Infinity;
      watch?.({ type: "request", client, request });
      let response = this.#respond(request);
      if (response instanceof Promise) response = await this.#pause(response);
      watch?.({ type: "response", client, response });
      this.#outbox.add(response);
      if (this.#turn.isOver() || this.#outbox.isFull) {
        await this.#pause(undefined);
      }
    }
    this.#turn.end();
    await this.#flush();
  }

  #respond(request: Frame): Frame | Promise<Frame> {
    const { handler, errorResponse } = this.#shared;
    if (request.type !== "request") {
      const error = new ProtocolError("expected a request: found a response");
      return errorResponse(clientError(error), request);
    }
    try {
      const response = handler(request, this.client);
      return response instanceof Promise
        ? response.catch((error) => this.#fail(request, error))
        : response;
    } catch (error) {
      return this.#fail(request, error);
    }
  }

  #fail(request: Frame, error: unknown): Frame {
    const { watch, errorResponse } = this.#shared;
    watch?.({ type: "fault", client: this.client, error });
    return errorResponse(INTERNAL_ERROR, request);
  }

  /** Sends what is ready, and goes on in another turn when a promise has settled. */
  async #pause<T>(awaited: T | Promise<T>): Promise<T> {
    this.#turn.end();
    await this.#flush();
    this.#deadline = Infinity;
    const value = await awaited;
    await this.#turn.begin();
    return value;
  }

  #flush(): Promise<void> | undefined {
    if (this.#outbox.isEmpty) return undefined;
    this.#expect("take its answers", this.#shared.timeouts.write);
    return this.#outbox.flush();
  }

  #expectRequest(): void {
    const { idle, read } = this.#shared.timeouts;
    if (this.#isSecured) this.#expect("ask", idle);
    else this.#expect("finish the TLS handshake", read);
  }

  #expect(action: string, timeout: number): void {
    this.#expected = action;
    this.#deadline = this.#shared.clock.now + timeout;
  }

  async #hangUpWith(error: ServerError): Promise<void> {
    this.#addLast(error);
    await hangUp(this.#conn, this.#outbox.flush());
  }

  /** Adds the response that says why the connection is closed. */
  #addLast(error: ServerError): void {
    const { watch, errorResponse } = this.#shared;
    const { client } = this;
    const response = errorResponse(error);
    watch?.({ type: "closing", client, response });
    this.#outbox.add(response);
  }
}

/** What a client is told that is refused (docs/protocol.md, "Names of errors"). */
const BUSY: ServerError = {
  status: 500,
  name: "Busy",
  message: "Too many connections: try again later",
};

/** What a client is told when the handler fails. */
const INTERNAL_ERROR: ServerError = {
  status: 500,
  name: "InternalError",
  message: "Internal server error",
};

function clientError({ name, message }: ProtocolError): ServerError {
  return { status: 400, name, message };
}

/** How many refused clients may take their time to read that they are. */
const MAX_LINGERING = 100;

/** How long, in milliseconds, a client has to receive its last responses. */
const LINGER = 1_000;

/**
 * Closes a connection when its last responses are sent. To close it with unread
 * input would reset it, and the responses could be lost, so the client has some
 * time to close first.
 */
async function hangUp(conn: Conn, sent?: Promise<void>): Promise<void> {
  const timer = setTimeout(() => closeOnce(conn), LINGER);
  try {
    await sent;
    await conn.closeWrite();
    const ignored = new Uint8Array(4096);
    // Whatever a client goes on sending, the others are looked after first.
    while (await conn.read(ignored) !== null) await lookForInput();
  } catch {
    // The client is gone already, or its time is up.
  } finally {
    clearTimeout(timer);
  }
}
