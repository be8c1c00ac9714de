/** The maximum number of readers. */
export const MAX_READERS = 64;

/** How long events are collected, to be sent together, in milliseconds. */
const INTERVAL = 100;

/** Where a reader receives events: a response of `node:http`. */
export interface Outlet {
  /** How many bytes it has not sent yet. */
  readonly writableLength: number;
  write(bytes: Uint8Array): unknown;
  end(): unknown;
  /** Closes the connection at once. */
  destroy(): unknown;
  once(event: "close", listener: () => void): unknown;
}

/** Limits on what is kept for readers. */
export interface FeedOptions {
  /**
   * How many bytes may wait for a reader before it misses what follows.
   *
   * @default {262_144}
   */
  maxWaiting?: number;
  /**
   * How many bytes of past events a new reader gets.
   *
   * @default {131_072}
   */
  maxKept?: number;
  /**
   * How long a reader may leave its waiting bytes unread, in milliseconds.
   *
   * @default {30_000}
   */
  patience?: number;
}

interface Reader {
  readonly outlet: Outlet;
  /** How many events it missed since the last ones that it got. */
  missed: number;
  /** How many bytes waited for it at the last check. */
  waiting: number;
  /** When it last took something, in milliseconds. */
  tookAt: number;
}

/**
 * Sends events to any number of readers (server-sent events, HTML standard,
 * section 9.2). Events are encoded once for all readers and sent some times a
 * second. A reader that does not keep up misses events, and is never waited for;
 * one that reads nothing is disconnected.
 */
export class Feed {
  readonly #limits: Required<FeedOptions>;
  readonly #readers = new Set<Reader>();
  /** The newest events, for new readers. */
  readonly #kept: string[] = [];
  #keptLength = 0;
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param options The limits. */
  constructor(
    { maxWaiting = 256 * 1024, maxKept = 128 * 1024, patience = 30_000 }:
      FeedOptions = {},
  ) {
    this.#limits = { maxWaiting, maxKept, patience };
  }

  /** The number of readers. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Sends an event, and keeps it for later readers. */
  keep(data: unknown): void {
    const event = format("message", data);
    this.#kept.push(event);
    this.#keptLength += event.length;
    while (this.#keptLength > this.#limits.maxKept) {
      this.#keptLength -= this.#kept.shift()?.length ?? 0;
    }
    this.#send(event);
  }

  /** Sends an event to the present readers alone. */
  send(name: string, data: unknown): void {
    if (this.#readers.size > 0) this.#send(format(name, data));
  }

  /**
   * Adds a reader.
   *
   * @param outlet Where it receives events.
   * @param hello Its first event.
   */
  open(outlet: Outlet, hello: unknown): void {
    // What waits has been kept as well: the reader must not get it twice.
    this.#flush();
    const events = [format("hello", hello), ...this.#kept];
    // Chromium reconnects after this many milliseconds.
    outlet.write(encode(["retry: 1000\n", ...events]));
    const reader: Reader = {
      outlet,
      missed: 0,
      waiting: outlet.writableLength,
      tookAt: performance.now(),
    };
    this.#readers.add(reader);
    outlet.once("close", () => this.#readers.delete(reader));
  }

  /** Ends all streams. */
  close(): void {
    this.#flush();
    for (const { outlet } of this.#readers) outlet.end();
    this.#readers.clear();
  }

  #send(event: string): void {
    if (this.#readers.size === 0) return;
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    const chunk = encode(events);
    const now = performance.now();
    for (const reader of this.#readers) this.#pass(reader, chunk, events, now);
  }

  #pass(
    reader: Reader,
    chunk: Uint8Array,
    events: readonly string[],
    now: number,
  ): void {
    const { outlet } = reader;
    const { maxWaiting, patience } = this.#limits;
    const waiting = outlet.writableLength;
    if (waiting === 0 || waiting < reader.waiting) reader.tookAt = now;
    if (waiting > 0 && now - reader.tookAt > patience) {
      this.#readers.delete(reader);
      outlet.destroy();
      return;
    }
    if (waiting >= maxWaiting) {
      reader.missed += events.length;
    } else {
      if (reader.missed > 0) {
        outlet.write(encode([format("missed", { events: reader.missed })]));
        reader.missed = 0;
      }
      outlet.write(chunk);
    }
    reader.waiting = outlet.writableLength;
  }
}

function format(name: string, data: unknown): string {
  const event = name === "message" ? "" : `event: ${name}\n`;
  // JSON in one line: line breaks in strings are escaped.
  return `${event}data: ${JSON.stringify(data)}\n\n`;
}

function encode(events: readonly string[]): Uint8Array {
  return new TextEncoder().encode(events.join(""));
}
