import type { Frame } from "../protocol/mod.ts";
import { writeAll, type Writer } from "./conn.ts";

/** Responses wait for one another until they have this many bytes together. */
const ENOUGH = 65_536;

/** Bytes for many usual responses: a longer buffer is not kept for the next ones. */
const USUAL_LENGTH = 16_384;

/** Responses on their way to one client: what is ready together leaves in one write. */
export class Outbox {
  readonly #writer: Writer;
  /** What waits: a response alone, as it is, or several in the buffer. */
  #alone: Uint8Array | undefined;
  #buffer = new Uint8Array();
  #length = 0;

  /** @param writer Where to write to. */
  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Whether it is time to {@linkcode Outbox.flush}, so that memory stays bounded. */
  get isFull(): boolean {
    return this.#length >= ENOUGH;
  }

  /** Puts a response behind those that wait. */
  add({ bytes }: Frame): void {
    if (this.#length === 0) {
      if (this.#buffer.length > USUAL_LENGTH) this.#buffer = new Uint8Array();
      this.#alone = bytes;
      this.#length = bytes.length;
      return;
    }
    if (this.#alone) {
      const alone = this.#alone;
      this.#alone = undefined;
      this.#length = 0;
      this.#append(alone);
    }
    this.#append(bytes);
  }

  /** Writes all that wait. Nothing may be added until it is done. */
  flush(): Promise<void> {
    const bytes = this.#alone ?? this.#buffer.subarray(0, this.#length);
    this.#alone = undefined;
    this.#length = 0;
    return writeAll(this.#writer, bytes);
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const waiting = this.#buffer.subarray(0, this.#length);
      this.#buffer = new Uint8Array(Math.max(2 * length, USUAL_LENGTH));
      this.#buffer.set(waiting);
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}
