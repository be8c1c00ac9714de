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
   * Reads more bytes into the buffer.
   *
   * @returns `false` at end of stream.
   */
  async fill(): Promise<boolean> {
    this.#makeRoom();
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  #makeRoom(): void {
    const pending = this.#buffer.subarray(this.#start, this.#end);
    const { length } = this.#buffer;
    // The last read filled the buffer, so more data may be waiting.
    const wasFilled = this.#end === length && length < USUAL_LENGTH;
    if (wasFilled || pending.length === length) {
      this.#buffer = new Uint8Array(2 * length);
    } else if (pending.length === 0 && length > USUAL_LENGTH) {
      this.#buffer = new Uint8Array(USUAL_LENGTH);
    }
    if (pending.byteOffset > 0 || pending.buffer !== this.#buffer.buffer) {
      this.#buffer.set(pending);
    }
    this.#start = 0;
    this.#end = pending.length;
  }
}
