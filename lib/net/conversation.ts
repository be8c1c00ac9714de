import { type Client, type Frame, ProtocolError } from "../protocol/mod.ts";
import { UntrustedClientError } from "./tls/client_certificate.ts";
import { closeOnce, type Conn, LINGER, writeAll } from "./conn.ts";
import { Deadline } from "./deadline.ts";
import { BUSY, type ServerError } from "./error_response.ts";
import { lookForInput, type Turn } from "./fair_queue.ts";
import { ForeignProtocolError, HTTP_RESPONSE } from "./foreign_protocol.ts";
import { hangUp } from "./hang_up.ts";
import { Inbox, type InboxOptions } from "./inbox.ts";
import type { ReadAhead } from "./read_ahead.ts";
import { Outbox } from "./outbox.ts";
import type { Presence } from "./presence.ts";
import { clientError, Responder, type ResponderOptions } from "./responder.ts";

/** State shared by all conversations of a server. */
export interface Shared extends InboxOptions, ResponderOptions {
  /** Counts a client under its identity; returns whether there was room. */
  readonly admit: (conversation: Conversation) => boolean;
  readonly readAhead: ReadAhead;
}

/**
 * The server end of a connection. Requests are answered in order; those that
 * arrive together are answered in one write.
 */
export class Conversation {
  /** The client at the other end. */
  readonly client: Client;
  readonly #presence: Presence;
  readonly #conn: Conn;
  readonly #shared: Shared;
  readonly #turn: Turn;
  readonly #inbox: Inbox;
  readonly #responder: Responder;
  readonly #outbox: Outbox;
  readonly #deadline: Deadline;
  /** Stops waiting for a handler that is pending. */
  #abandon: (() => void) | undefined;
  #isReadingAhead = false;
  #isUntrusted = false;
  #isEnding = false;
  /** How many reads are left before it ends. */
  #readsLeft = Infinity;
  #reason: unknown;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param conn The connection. It is closed at the end.
   * @param presence The client at the other end.
   * @param shared The state shared by all conversations of the server.
   * @param turn Its share of the thread.
   */
  constructor(conn: Conn, presence: Presence, shared: Shared, turn: Turn) {
    this.client = presence.client;
    this.#presence = presence;
    this.#conn = conn;
    this.#shared = shared;
    this.#turn = turn;
    this.#deadline = new Deadline(shared.clock);
    this.#inbox = new Inbox(conn, this.#deadline, shared);
    this.#responder = new Responder(presence, shared);
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
      if (this.#isEnding) await hangUp(this.#conn);
      else this.#inbox.checkEnd();
    } catch (error) {
      // If the server ended it, the reason is already set or there is none.
      if (!this.#isEnding) this.#reason = error;
      this.#isEnding = true;
      await this.#explain(error);
    } finally {
      clearTimeout(this.#linger);
      this.end();
      this.#presence.close(this.#reason);
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
    if (!this.#inbox.isWaiting) return;
    this.#isEnding = true;
    // Responses may still be in flight. If the client sends more, hangUp follows.
    this.#conn.closeWrite().catch(() => {});
    this.#linger = setTimeout(() => closeOnce(this.#conn), LINGER);
  }

  /** Closes the connection immediately, without waiting for a handler. */
  end(): void {
    this.#isEnding = true;
    closeOnce(this.#conn);
    this.#abandon?.();
  }

  /**
   * When the client became idle, as an increasing number; `undefined` if it is
   * not idle. One that has left during its request, or is not trusted, is the first
   * to make room.
   */
  get idleSince(): number | undefined {
    if (this.#abandon && this.#presence.hasLeft) return 0;
    if (this.#isUntrusted) return 0;
    return this.#isEnding ? undefined : this.#inbox.idleSince;
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
    if (this.#isEnding) return;
    const error = this.#deadline.missed(now);
    if (!error) return;
    this.#reason = error;
    this.end();
  }

  /** Reads while a handler is pending, to notice when the client leaves. */
  readAhead(): void {
    if (!this.#abandon || this.#isReadingAhead) return;
    const reading = this.#inbox.readAhead();
    if (!reading) return;
    this.#isReadingAhead = true;
    reading.then((isOpen) => {
      this.#isReadingAhead = false;
      if (!isOpen) this.#presence.leave();
      else if (this.#abandon) this.#shared.readAhead.add(this);
    }, (error) => {
      if (!this.#isEnding) this.#reason = error;
      this.end();
    });
  }

  /** Waits for the TLS handshake. The read timeout covers the whole of it. */
  async #secure(handshake: Promise<string | undefined>): Promise<void> {
    const { watch, timeouts, admit } = this.#shared;
    const { client } = this.#presence;
    this.#inbox.wait("finish the TLS handshake", timeouts.read);
    const identity = await handshake;
    this.#inbox.stopWaiting();
    if (identity === undefined || this.#isEnding) return;
    client.identity = identity;
    watch?.({ type: "identified", client });
    if (!admit(this)) throw new BusyError();
  }

  #read(): Promise<boolean> {
    const reading = this.#inbox.read();
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
    this.#inbox.stopWaiting();
    const { client } = this;
    const { watch } = this.#shared;
    const wait = this.#turn.begin();
    if (wait) await wait;
    for (let request; (request = this.#inbox.take()) !== undefined;) {
      watch?.({ type: "request", client, request });
      let response = this.#responder.respond(request);
      if (response instanceof Promise) response = await this.#wait(response);
      watch?.({ type: "response", client, response });
      this.#outbox.add(response);
      if (this.#turn.isOver() || this.#outbox.isFull) {
        await this.#pause(undefined);
      }
    }
    this.#turn.end();
    await this.#flush();
  }

  /** Waits for a handler, unless the conversation ends first. */
  async #wait(pending: Promise<Frame>): Promise<Frame> {
    const settled = new Promise<Frame | undefined>((resolve) => {
      this.#abandon = () => resolve(undefined);
      pending.then(resolve);
    });
    this.#shared.readAhead.add(this);
    const response = await this.#pause(settled);
    this.#abandon = undefined;
    if (!response) throw new Error("the handler was abandoned");
    return response;
  }

  /** Flushes what is ready, awaits a promise, and continues in a new turn. */
  async #pause<T>(awaited: T | Promise<T>): Promise<T> {
    this.#turn.end();
    await this.#flush();
    this.#deadline.clear();
    const value = await awaited;
    await this.#turn.begin();
    return value;
  }

  #flush(): Promise<void> | undefined {
    if (this.#outbox.isEmpty) return undefined;
    this.#deadline.set("receive its responses", this.#shared.timeouts.write);
    return this.#outbox.flush();
  }

  /** Tells the client why its connection is closed, if there is something to tell. */
  async #explain(error: unknown): Promise<void> {
    if (error instanceof ForeignProtocolError && error.protocol === "HTTP") {
      return await hangUp(this.#conn, writeAll(this.#conn, HTTP_RESPONSE));
    }
    this.#isUntrusted = error instanceof UntrustedClientError;
    const reported = reportedError(error);
    if (reported) await this.#hangUpWith(reported);
  }

  async #hangUpWith(error: ServerError): Promise<void> {
    this.#addLast(error);
    await hangUp(this.#conn, this.#outbox.flush());
  }

  /** Adds the response that says why the connection is closed. */
  #addLast(error: ServerError): void {
    const response = this.#responder.reportError(error);
    this.#shared.watch?.({ type: "closing", client: this.client, response });
    this.#outbox.add(response);
  }
}

/** Reports that there are too many connections with the identity of a client. */
class BusyError extends Error {
  constructor() {
    super("too many connections from this client");
  }
}

/** What the client is told of an error that ends its conversation, if anything. */
function reportedError(error: unknown): ServerError | undefined {
  if (error instanceof BusyError) return BUSY;
  if (error instanceof UntrustedClientError) {
    return { status: 500, name: "Untrusted", message: error.message };
  }
  // Only framing throws this: the start of the next frame is unknown.
  return error instanceof ProtocolError ? clientError(error) : undefined;
}

/**
 * How many times to read requests that have arrived before a shutdown: enough for
 * 64 KiB, and few enough for a client that always sends another one.
 */
const LAST_READS = 8;

/** The maximum number of refused clients that are given time to read the error. */
const MAX_LINGERING = 100;
