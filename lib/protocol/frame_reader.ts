import { Frame, frameLength, HEADER_LENGTH } from "./frame.ts";

/** Where bytes come from: a `Deno.Conn`, a file, a test. */
export interface Source {
  /** Reads some bytes into `buffer`: how many, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Bytes for a usual frame: whoever is idle holds no more. */
const FIRST_LENGTH = 1_024;

/** Bytes for many frames at once. A longer frame gets a longer buffer for its time. */
const USUAL_LENGTH = 16_384;

/**
 * Cuts a stream of bytes into frames by their length field, however the bytes
 * are spread over reads: a frame byte by byte, or many frames at once.
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
  /** The bytes not yet taken are those from `#start` to `#end`. */
  #start = 0;
  #end = 0;

  /**
   * Makes a reader that has not read yet.
   *
   * @param source Where to read from.
   */
  constructor(source: Source) {
    this.#source = source;
  }

  /** How many bytes have been read and not taken. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** The bytes that have been read and not taken, valid until the next read. */
  get rest(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /**
   * Takes the next frame out of what has been read.
   *
   * @returns The frame, valid until the next {@linkcode FrameReader.fill}, or
   * `undefined` if it is not there in full.
   * @throws {ProtocolError} If its length is impossible. There is no finding
   * the next frame then.
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
   * Reads some more bytes.
   *
   * @returns `false` if there are no more.
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
    // Where the last read had no room for more, there may be more.
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
