import { USUAL_LENGTH } from "../protocol/frame_reader.ts";
import type { Frame } from "../protocol/mod.ts";
import { writeAll, type Writer } from "./conn.ts";

/** The outbox is full at this many bytes. */
const MAX_LENGTH = 65_536;

/** Collects the responses to one client and sends them in one write. */
export class Outbox {
  readonly #writer: Writer;
  /** A single pending response is not copied; several are in the buffer. */
  #alone: Uint8Array | undefined;
  #buffer = new Uint8Array();
  #length = 0;

  /** @param writer The connection to write to. */
  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether no responses are pending. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Whether to {@linkcode Outbox.flush} now, so that memory stays bounded. */
  get isFull(): boolean {
    return this.#length >= MAX_LENGTH;
  }

  /** Appends a response. */
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

  /** Writes all pending responses. Do not add any until it is done. */
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
