import {
  encodeClientError,
  encodeServerError,
  formatOf,
} from "../message/mod.ts";
import {
  type Frame,
  FrameReader,
  type Handler,
  ProtocolError,
} from "../protocol/mod.ts";
import { closeOnce } from "./close_once.ts";
import type { Conn } from "./conn.ts";
import { Outbox } from "./outbox.ts";
import type { Turn } from "./fair_queue.ts";

/** What a server tells whoever watches it. A client is named as `HOST:PORT`. */
export interface ServeEvents {
  /** A client has been turned away, as there are too many. */
  refused?: (client: string) => void;
  /** A client has connected. */
  connected?: (client: string) => void;
  /** A request has arrived. */
  received?: (request: Frame, client: string) => void;
  /** A response is ready to go out. */
  sending?: (response: Frame, client: string) => void;
  /** The handler has thrown something; the client learns only that it was not its fault. */
  failed?: (error: unknown, client: string) => void;
  /** The connection is closed; with the reason, if it did not end as it should. */
  closed?: (client: string, reason?: unknown) => void;
}

/** A clock that all conversations share, so that a request costs no look at a real one. */
export interface Clock {
  /** The time in milliseconds, by `performance.now()`, some moments ago. */
  now: number;
  /** How many times a conversation has become idle: finer than the time. */
  idles: number;
}

/** How long a client may take, in milliseconds. */
export interface Patience {
  /** To send the rest of a frame that has begun. */
  readonly read: number;
  /** To send its next request. */
  readonly idle: number;
  /** To take the responses that are on their way to it. */
  readonly write: number;
}

/**
 * One client, answered from its first request to its last, in order: what
 * arrives together is answered in one write.
 */
export class Conversation {
  readonly #tcp: Conn;
  readonly #client: string;
  readonly #handler: Handler;
  readonly #events: ServeEvents;
  readonly #patience: Patience;
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #frames: FrameReader;
  readonly #outbox: Outbox;
  /** What the client is waited for to do, and until when. */
  #awaited = "";
  #deadline = Infinity;
  /** Whether bytes are waited for, and whether they are the rest of a frame. */
  #isReading = false;
  #isSecured = true;
  #isMidFrame = false;
  #idleSince = 0;
  #isEnding = false;
  #reason: unknown;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param tcp The connection. It is closed at the end, if it is not already.
   * @param client Who is at the other end, as `HOST:PORT`.
   * @param handler What answers.
   * @param events Who is told.
   * @param patience How long the client may take.
   * @param clock What tells how long it has taken.
   * @param turn Its place among the others.
   */
  constructor(
    tcp: Conn,
    client: string,
    handler: Handler,
    events: ServeEvents,
    patience: Patience,
    clock: Clock,
    turn: Turn,
  ) {
    this.#tcp = tcp;
    this.#client = client;
    this.#handler = handler;
    this.#events = events;
    this.#patience = patience;
    this.#clock = clock;
    this.#turn = turn;
    this.#frames = new FrameReader(tcp);
    this.#outbox = new Outbox(tcp);
  }

  /** Answers until the client has no more to ask, or until it is ended from here. */
  async run(): Promise<void> {
    try {
      this.#events.connected?.(this.#client);
      // A small response does not wait for the last one to be acknowledged.
      this.#tcp.setNoDelay();
      if (this.#tcp.handshake) this.#secure(this.#tcp.handshake);
      while (!this.#isEnding && await this.#read()) {
        if (!this.#isEnding) await this.#answer();
      }
      if (this.#frames.pending > 0 && !this.#isEnding) {
        throw new ProtocolError(
          `the connection ended after ${this.#frames.pending} bytes of a frame`,
        );
      }
      if (this.#isEnding) await hangUp(this.#tcp);
    } catch (error) {
      // What is ended from here has its reason, or needs none.
      if (!this.#isEnding) this.#reason = error;
      // Only the framing throws it: there is no finding the next frame.
      if (error instanceof ProtocolError) {
        this.#outbox.add(encodeClientError(error, { cache: false }));
        await hangUp(this.#tcp, this.#outbox.flush());
      }
    } finally {
      clearTimeout(this.#linger);
      closeOnce(this.#tcp);
      this.#events.closed?.(this.#client, this.#reason);
    }
  }

  /**
   * Says that there are too many connections, and closes this one.
   *
   * @param others How many others are being refused.
   */
  async refuse(others: number): Promise<void> {
    this.#isEnding = true;
    try {
      // Nothing can be said over TLS before its handshake, which is dear.
      if (this.#tcp.handshake) return;
      this.#outbox.add(encodeServerError(BUSY));
      const sent = this.#outbox.flush();
      await (others < MAX_LINGERING ? hangUp(this.#tcp, sent) : sent);
    } catch {
      // The client is gone already.
    } finally {
      closeOnce(this.#tcp);
    }
  }

  /**
   * Ends it when what has been asked is answered. A client that has asked
   * nothing is told the end at once, and has a moment to close first.
   */
  drain(): void {
    this.#isEnding = true;
    if (!this.#isReading) return;
    // Its last responses may be on their way: see hangUp, which comes next if it
    // says anything more.
    this.#tcp.closeWrite().catch(() => {});
    this.#linger = setTimeout(() => closeOnce(this.#tcp), LINGER);
  }

  /** Ends it at once. */
  end(): void {
    this.#isEnding = true;
    closeOnce(this.#tcp);
  }

  /**
   * Since when the client has asked nothing, or `undefined` if it has: the less,
   * the longer.
   */
  get idleSince(): number | undefined {
    const isIdle = this.#isReading && !this.#isMidFrame && !this.#isEnding;
    return isIdle ? this.#idleSince : undefined;
  }

  /** Ends it at once, so that another client can have its place. */
  makeRoom(): void {
    this.#reason = new Error("made room for another client");
    this.end();
  }

  /**
   * Ends it if the client has taken too long.
   *
   * @param now A time that has passed for sure, by the clock.
   */
  expire(now: number): void {
    if (now < this.#deadline || this.#isEnding) return;
    this.#reason = new Error(`the client took too long to ${this.#awaited}`);
    this.end();
  }

  /** Gives a TLS handshake the time of a frame, whatever is read meanwhile. */
  async #secure(handshake: Promise<void>): Promise<void> {
    this.#isSecured = false;
    await handshake;
    this.#isSecured = true;
    if (this.idleSince !== undefined) this.#awaitRequest();
  }

  #read(): Promise<boolean> {
    if (this.#frames.pending === 0) {
      this.#awaitRequest();
      this.#idleSince = ++this.#clock.idles;
    } else if (!this.#isMidFrame) {
      // However the rest of it trickles in, it has this time in all.
      this.#isMidFrame = true;
      this.#await("finish a frame", this.#patience.read);
    }
    this.#isReading = true;
    return this.#frames.fill();
  }

  async #answer(): Promise<void> {
    this.#isReading = false;
    const client = this.#client;
    const events = this.#events;
    const wait = this.#turn.begin();
    if (wait) await wait;
    for (let request; (request = this.#frames.take()) !== undefined;) {
      this.#isMidFrame = false;
      // The client has done its part: what comes now is up to us.
      this.#deadline = Infinity;
      events.received?.(request, client);
      let response = respond(request, client, this.#handler, events);
      if (response instanceof Promise) response = await this.#pause(response);
      events.sending?.(response, client);
      this.#outbox.add(response);
      if (this.#turn.isOver() || this.#outbox.isFull) {
        await this.#pause(undefined);
      }
    }
    this.#turn.end();
    await this.#flush();
  }

  /** Sends what is ready, and goes on in another turn when something has come. */
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
    this.#await("take its answers", this.#patience.write);
    return this.#outbox.flush();
  }

  #awaitRequest(): void {
    if (this.#isSecured) this.#await("ask", this.#patience.idle);
    else this.#await("finish the TLS handshake", this.#patience.read);
  }

  #await(awaited: string, patience: number): void {
    this.#awaited = awaited;
    this.#deadline = this.#clock.now + patience;
  }
}

function respond(
  request: Frame,
  client: string,
  handler: Handler,
  events: ServeEvents,
): Frame | Promise<Frame> {
  if (request.type !== "request") {
    return encodeClientError(
      new ProtocolError("expected a request: found a response"),
      { cache: false, format: formatOf(request.payload) },
    );
  }
  try {
    const response = handler(request, client);
    return response instanceof Promise
      ? response.catch((error) => fail(request, client, events, error))
      : response;
  } catch (error) {
    return fail(request, client, events, error);
  }
}

function fail(
  request: Frame,
  client: string,
  events: ServeEvents,
  error: unknown,
): Frame {
  events.failed?.(error, client);
  return encodeServerError(
    { name: "InternalError", message: "Internal server error" },
    { format: formatOf(request.payload) },
  );
}

/** What a client is told that is refused (docs/protocol.md, "Names of errors"). */
const BUSY = {
  name: "Busy",
  message: "Too many connections: try again later",
};

/** How many refused clients may take their time to read that they are. */
const MAX_LINGERING = 100;

/** How long, in milliseconds, a client has to take what was sent to it last. */
const LINGER = 1_000;

/**
 * Ends a connection when its last responses are sent. To close it while there is
 * input that nobody read would reset it and could take them with it, so the
 * client is given some time to close first.
 */
async function hangUp(tcp: Conn, sent?: Promise<void>): Promise<void> {
  const timer = setTimeout(() => closeOnce(tcp), LINGER);
  try {
    await sent;
    await tcp.closeWrite();
    const ignored = new Uint8Array(4096);
    while (await tcp.read(ignored) !== null);
  } catch {
    // The client is gone already, or its time is up.
  } finally {
    clearTimeout(timer);
  }
}
