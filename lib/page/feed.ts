/** The maximum number of readers. */
export const MAX_READERS = 64;

/** How many bytes may wait for a reader before it misses what follows. */
const MAX_WAITING = 256 * 1024;

/** How long a reader may take nothing, in milliseconds. */
const PATIENCE = 30_000;

/** How long events are collected, to be sent together, in milliseconds. */
const INTERVAL = 100;

/** How many events a new reader gets of those before. */
const KEPT = 1_000;

const encoder = new TextEncoder();

interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** How many events it missed since the last ones that it got. */
  missed: number;
  /** When it last took something, in milliseconds. */
  tookAt: number;
}

/**
 * Sends events to any number of readers (server-sent events, HTML standard,
 * section 9.2). Events are encoded once for all readers and sent some times a
 * second. A reader that does not keep up misses events, and is never waited for.
 */
export class Feed {
  readonly #readers = new Set<Reader>();
  /** The newest events, for new readers. */
  #kept: string[] = [];
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The number of readers. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Sends an event, and keeps it for later readers. */
  keep(data: unknown): void {
    const event = format("message", data);
    this.#kept.push(event);
    // Seldom, so that it costs little.
    if (this.#kept.length >= 2 * KEPT) this.#kept = this.#kept.slice(-KEPT);
    this.#send(event);
  }

  /** Sends an event to the present readers alone. */
  send(name: string, data: unknown): void {
    if (this.#readers.size > 0) this.#send(format(name, data));
  }

  /**
   * Adds a reader.
   *
   * @param hello Its first event.
   */
  open(hello: unknown): ReadableStream<Uint8Array> {
    // What waits has been kept as well: the reader must not get it twice.
    this.#flush();
    let reader: Reader;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        reader = { controller, missed: 0, tookAt: performance.now() };
        this.#readers.add(reader);
        const events = [format("hello", hello), ...this.#kept.slice(-KEPT)];
        // Chromium reconnects after this many milliseconds.
        controller.enqueue(encoder.encode(`retry: 1000\n${events.join("")}`));
      },
      pull: () => {
        reader.tookAt = performance.now();
      },
      cancel: () => {
        this.#readers.delete(reader);
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING }));
  }

  /** Ends all streams. */
  close(): void {
    this.#flush();
    for (const { controller } of this.#readers) controller.close();
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
    const count = this.#waiting.length;
    const chunk = encoder.encode(this.#waiting.join(""));
    this.#waiting = [];
    const now = performance.now();
    for (const reader of this.#readers) {
      const { controller } = reader;
      if ((controller.desiredSize ?? 0) > 0) {
        if (reader.missed > 0) {
          const missed = format("missed", { events: reader.missed });
          controller.enqueue(encoder.encode(missed));
          reader.missed = 0;
        }
        controller.enqueue(chunk);
      } else if (now - reader.tookAt < PATIENCE) {
        reader.missed += count;
      } else {
        controller.error(new Error("The reader is too slow"));
        this.#readers.delete(reader);
      }
    }
  }
}

function format(name: string, data: unknown): string {
  const event = name === "message" ? "" : `event: ${name}\n`;
  // JSON in one line: line breaks in strings are escaped.
  return `${event}data: ${JSON.stringify(data)}\n\n`;
}
