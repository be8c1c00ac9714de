import { Frame, frameLength, HEADER_LENGTH } from "./frame.ts";

/** A source of bytes: a `Deno.Conn`, a file, a test. */
export interface Source {
  /** Reads into `buffer`. Returns the number of bytes, or `null` at end of stream. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Initial buffer size in bytes: an idle connection holds no more than this. */
const FIRST_LENGTH = 1_024;

/**
 * Buffer size in bytes for many frames at once. A longer frame gets a longer
 * buffer temporarily.
 */
export const USUAL_LENGTH = 16_384;

/** With this many bytes pending, nothing is read ahead. */
const MAX_AHEAD = USUAL_LENGTH / 2;

/**
 * Splits a byte stream into frames by their length field. A frame may arrive
 * over several reads, or many frames in one.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { FrameReader } from "@calculator/tcp/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const { bytes } = encodeRequest("1 + 2");
 * const frames = new FrameReader({
 *   read(buffer) {
 *     buffer.set(bytes);
 *     buffer.set(bytes, bytes.length);
 *     return Promise.resolve(2 * bytes.length);
 *   },
 * });
 *
 * assertEquals(frames.take(), undefined);
 * await frames.fill();
 * assertEquals(frames.take()?.bytes, bytes);
 * assertEquals(frames.take()?.bytes, bytes);
 * assertEquals(frames.take(), undefined);
 * ```
 */
export class FrameReader {
  readonly #source: Source;
  #buffer = new Uint8Array(FIRST_LENGTH);
  /** Bytes from `#start` to `#end` have been read but not taken. */
  #start = 0;
  #end = 0;
  /** A read that {@linkcode FrameReader.readAhead} has begun. */
  #ahead: Promise<boolean> | undefined;

  /**
   * Creates a reader. It reads nothing until {@linkcode FrameReader.fill}.
   *
   * @param source Where to read from.
   */
  constructor(source: Source) {
    this.#source = source;
  }

  /** The number of bytes read but not yet taken. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** The bytes read but not yet taken, valid until the next read. */
  get rest(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /**
   * Takes the next frame from the buffer.
   *
   * @returns The frame, valid until the next {@linkcode FrameReader.fill}, or
   * `undefined` if it is incomplete.
   * @throws {ProtocolError} If its length field is invalid. The start of the next
   * frame is then unknown.
   */
  take(): Frame | undefined {
    if (this.pending < HEADER_LENGTH) return undefined;
    const length = frameLength(this.#buffer, this.#start);
    if (this.pending < length) return undefined;
    const end = this.#start + length;
    const frame = new Frame(this.#buffer.subarray(this.#start, end));
    this.#start = end;
    return frame;
  }

  /**
   * Reads more bytes into the buffer, or waits for a read that was begun ahead.
   *
   * @returns `false` at end of stream.
   */
  fill(): Promise<boolean> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead) return ahead;
    this.#makeRoom();
    return this.#read();
  }

  /**
   * Begins the next read early, to notice the end of the stream in time. Frames
   * that were taken stay valid, and the next {@linkcode FrameReader.fill} has the
   * same result. Do not call it again before the read is done.
   *
   * @returns The read, or `undefined` if so many bytes are pending that the source
   * should wait.
   */
  readAhead(): Promise<boolean> | undefined {
    if (this.pending >= MAX_AHEAD) return undefined;
    if (this.#buffer.length - this.#end < FIRST_LENGTH / 2) {
      this.#moveTo(Math.max(FIRST_LENGTH, 2 * this.pending));
    }
    return this.#ahead = this.#read();
  }

  async #read(): Promise<boolean> {
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  #makeRoom(): void {
    const { length } = this.#buffer;
    // The last read filled the buffer, so more data may be waiting.
    const wasFilled = this.#end === length && length < USUAL_LENGTH;
    if (wasFilled || this.pending === length) {
      this.#moveTo(2 * length);
    } else if (this.pending === 0 && length > USUAL_LENGTH) {
      this.#moveTo(USUAL_LENGTH);
    } else if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
  }

  /** Moves the pending bytes into a new buffer. */
  #moveTo(length: number): void {
    const pending = this.rest;
    this.#buffer = new Uint8Array(length);
    this.#buffer.set(pending);
    this.#start = 0;
    this.#end = pending.length;
  }
}
