import {
  type Client,
  describeCutFrame,
  type Frame,
  FrameReader,
  type Handler,
  HEADER_LENGTH,
  ProtocolError,
  type Watch,
} from "../protocol/mod.ts";
import { UntrustedClientError } from "./client_certificate.ts";
import { closeOnce, type Conn, LINGER, writeAll } from "./conn.ts";
import {
  BUSY,
  type ErrorResponse,
  INTERNAL_ERROR,
  type ServerError,
} from "./error_response.ts";
import { lookForInput, type Turn } from "./fair_queue.ts";
import {
  foreignProtocol,
  ForeignProtocolError,
  HTTP_RESPONSE,
} from "./foreign_protocol.ts";
import { Outbox } from "./outbox.ts";

/** What happens at a server, whatever its handler. */
export type ServeFact =
  /** A client has connected, or was refused because of too many connections. */
  | { readonly type: "connected" | "refused"; readonly client: Client }
  /** The server knows a client by its certificate: `client.identity` is set. */
  | { readonly type: "identified"; readonly client: Client }
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
   * The connection is about to be closed, as there are too many, the client is not
   * trusted or a frame is invalid; the response says why.
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
  /** A connection was closed. `reason` is set if it did not end cleanly. */
  | {
    readonly type: "closed";
    readonly client: Client;
    readonly reason: unknown;
  };

/**
 * A coarse clock shared by all conversations, so that a request need not read
 * the real one.
 */
export interface Clock {
  /** The time in milliseconds, by `performance.now()`, at most a tick old. */
  now: number;
  /** Counts how many times a conversation became idle: finer than the time. */
  idles: number;
}

/** Timeouts of a client, in milliseconds. */
export interface Timeouts {
  /** For sending the rest of a frame, or finishing the TLS handshake. */
  readonly read: number;
  /** For sending the next request. */
  readonly idle: number;
  /** For receiving responses. */
  readonly write: number;
}

/** State shared by all conversations of a server. */
export interface Shared {
  readonly handler: Handler;
  readonly watch: Watch<ServeFact> | undefined;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly errorResponse: ErrorResponse;
  /** Counts a client under its identity; returns whether there was room. */
  readonly admit: (conversation: Conversation) => boolean;
}

/**
 * The server end of a connection. Requests are answered in order; those that
 * arrive together are answered in one write.
 */
export class Conversation {
  /** The client at the other end. */
  readonly client: Client & { identity?: string | undefined };
  readonly #conn: Conn;
  readonly #shared: Shared;
  readonly #turn: Turn;
  readonly #frames: FrameReader;
  readonly #outbox: Outbox;
  /** What the client is expected to do before the deadline. */
  #expected = "";
  #deadline = Infinity;
  #isReading = false;
  #isMidFrame = false;
  /** Whether the client may still turn out to speak another protocol. */
  #isUnknown = true;
  #idleSince = 0;
  #isEnding = false;
  /** How many reads are left before it ends. */
  #readsLeft = Infinity;
  #reason: unknown;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param conn The connection. It is closed at the end.
   * @param client The client at the other end.
   * @param shared The state shared by all conversations of the server.
   * @param turn Its share of the thread.
   */
  constructor(
    conn: Conn,
    client: Client & { identity?: string | undefined },
    shared: Shared,
    turn: Turn,
  ) {
    this.client = client;
    this.#conn = conn;
    this.#shared = shared;
    this.#turn = turn;
    this.#frames = new FrameReader(conn);
    this.#outbox = new Outbox(conn);
  }

  /** Answers requests until the client or the server ends the conversation. */
  async run(): Promise<void> {
    const { client } = this;
    const { watch } = this.#shared;
    try {
      watch?.({ type: "connected", client });
      // Otherwise a small response waits for the last one to be acknowledged.
      this.#conn.setNoDelay();
      if (this.#conn.handshake) await this.#secure(this.#conn.handshake);
      while (!this.#isEnding && await this.#read()) {
        if (!this.#isEnding) await this.#answer();
      }
      if (this.#frames.pending > 0 && !this.#isEnding) {
        const cut = describeCutFrame(this.#frames.rest);
        throw new ProtocolError(`the connection ended after ${cut}`);
      }
      if (this.#isEnding) await hangUp(this.#conn);
    } catch (error) {
      // If the server ended it, the reason is already set or there is none.
      if (!this.#isEnding) this.#reason = error;
      if (error instanceof ForeignProtocolError) {
        await this.#hangUpOn(error);
      } else if (error instanceof UntrustedClientError) {
        // Others need not wait until it has read why.
        this.#becomeIdle();
        await this.#hangUpWith(untrusted(error));
      } else if (error instanceof BusyError) {
        await this.#hangUpWith(BUSY);
      } else if (error instanceof ProtocolError) {
        // Only framing throws this: the start of the next frame is unknown.
        await this.#hangUpWith(clientError(error));
      }
    } finally {
      clearTimeout(this.#linger);
      closeOnce(this.#conn);
      watch?.({ type: "closed", client, reason: this.#reason });
    }
  }

  /**
   * Reports to the client that there are too many connections, and closes this one.
   *
   * @param others The number of other clients being refused.
   */
  async refuse(others: number): Promise<void> {
    this.#isEnding = true;
    this.#shared.watch?.({ type: "refused", client: this.client });
    try {
      // TLS would require an expensive handshake first.
      if (this.#conn.handshake) return;
      if (others < MAX_LINGERING) return await this.#hangUpWith(BUSY);
      this.#addLast(BUSY);
      await this.#outbox.flush();
    } catch {
      // The client has already disconnected.
    } finally {
      closeOnce(this.#conn);
    }
  }

  /**
   * Ends the conversation once all requests that have arrived are answered. If
   * there are none, half-closes the connection at once and gives the client a
   * moment to close first.
   */
  drain(): void {
    this.#readsLeft = Math.min(this.#readsLeft, LAST_READS);
    // It is answering: more requests may have arrived meanwhile.
    if (!this.#isReading) return;
    this.#isEnding = true;
    // Responses may still be in flight. If the client sends more, hangUp follows.
    this.#conn.closeWrite().catch(() => {});
    this.#linger = setTimeout(() => closeOnce(this.#conn), LINGER);
  }

  /** Closes the connection immediately. */
  end(): void {
    this.#isEnding = true;
    closeOnce(this.#conn);
  }

  /**
   * When the client became idle, as an increasing number; `undefined` if it is
   * not idle.
   */
  get idleSince(): number | undefined {
    const isIdle = this.#isReading && !this.#isMidFrame && !this.#isEnding;
    return isIdle ? this.#idleSince : undefined;
  }

  /** Closes the connection immediately to make room for another client. */
  makeRoom(): void {
    this.#reason ??= new Error("made room for another client");
    this.end();
  }

  /**
   * Closes the connection if the client has missed its deadline.
   *
   * @param now The time of the last tick.
   */
  expire(now: number): void {
    if (now < this.#deadline || this.#isEnding) return;
    this.#reason ??= new Error(`the client took too long to ${this.#expected}`);
    this.end();
  }

  /** Applies the read timeout to the whole TLS handshake. */
  async #secure(handshake: Promise<string | undefined>): Promise<void> {
    const { watch, timeouts, admit } = this.#shared;
    this.#expect("finish the TLS handshake", timeouts.read);
    this.#becomeIdle();
    const identity = await handshake;
    this.#isReading = false;
    if (identity === undefined || this.#isEnding) return;
    this.client.identity = identity;
    watch?.({ type: "identified", client: this.client });
    if (!admit(this)) throw new BusyError();
  }

  /** From now on, the connection may be closed to make room for another client. */
  #becomeIdle(): void {
    this.#isReading = true;
    this.#idleSince = ++this.#shared.clock.idles;
  }

  #read(): Promise<boolean> {
    if (this.#frames.pending === 0) {
      this.#expect("send a request", this.#shared.timeouts.idle);
      this.#becomeIdle();
    } else if (!this.#isMidFrame) {
      // The timeout covers the whole rest of the frame, not each read.
      this.#isMidFrame = true;
      this.#expect("finish a frame", this.#shared.timeouts.read);
    }
    this.#isReading = true;
    const reading = this.#frames.fill();
    return this.#readsLeft < Infinity ? this.#drainAfter(reading) : reading;
  }

  /** Drains the conversation unless a read ends at once. */
  async #drainAfter(reading: Promise<boolean>): Promise<boolean> {
    const hasArrived = this.#readsLeft-- > 0 && await Promise.race([
      reading.then(() => true),
      lookForInput().then(() => false),
    ]);
    if (!hasArrived) this.drain();
    return await reading;
  }

  async #answer(): Promise<void> {
    this.#isReading = false;
    const { client } = this;
    const { watch } = this.#shared;
    const wait = this.#turn.begin();
    if (wait) await wait;
    if (this.#isUnknown) this.#recognize();
    for (let request; (request = this.#frames.take()) !== undefined;) {
      this.#isMidFrame = false;
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

  #recognize(): void {
    const protocol = foreignProtocol(this.#frames.rest);
    if (protocol) throw new ForeignProtocolError(protocol);
    this.#isUnknown = this.#frames.pending < HEADER_LENGTH;
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

  /** Flushes what is ready, awaits a promise, and continues in a new turn. */
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
    this.#expect("receive its responses", this.#shared.timeouts.write);
    return this.#outbox.flush();
  }

  #expect(action: string, timeout: number): void {
    this.#expected = action;
    this.#deadline = this.#shared.clock.now + timeout;
  }

  /** Reports the mistake to a client that speaks another protocol. */
  async #hangUpOn({ protocol, message }: ForeignProtocolError): Promise<void> {
    if (protocol === "HTTP") {
      await hangUp(this.#conn, writeAll(this.#conn, HTTP_RESPONSE));
    } else {
      await this.#hangUpWith({ status: 400, name: "ProtocolError", message });
    }
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

/** Reports that a client has more connections than its certificate allows. */
class BusyError extends Error {
  constructor() {
    super("too many connections of this client");
  }
}

function untrusted({ message }: UntrustedClientError): ServerError {
  return { status: 500, name: "Untrusted", message };
}

function clientError({ name, message }: ProtocolError): ServerError {
  return { status: 400, name, message };
}

/**
 * How many times to read requests that have arrived before a shutdown: enough for
 * 64 KiB, and few enough for a client that always sends another one.
 */
const LAST_READS = 8;

/** The maximum number of refused clients that are given time to read the error. */
const MAX_LINGERING = 100;

/**
 * Closes a connection gracefully once its last responses are sent. Closing it
 * with unread input would reset it, and the responses could be lost, so the
 * client gets some time to close first.
 */
async function hangUp(conn: Conn, sent?: Promise<void>): Promise<void> {
  const timer = setTimeout(() => closeOnce(conn), LINGER);
  try {
    await sent;
    await conn.closeWrite();
    const ignored = new Uint8Array(4096);
    // Serve other clients first, even if this one keeps sending.
    while (await conn.read(ignored) !== null) await lookForInput();
  } catch {
    // The client has already disconnected, or its time is up.
  } finally {
    clearTimeout(timer);
  }
}
