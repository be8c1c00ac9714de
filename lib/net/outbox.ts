import type { Frame } from "../protocol/mod.ts";
import { writeAll, type Writer } from "./write_all.ts";

/** Responses wait for one another until they have this many bytes together. */
const ENOUGH = 65_536;

/** Responses on their way to one client: what is ready together leaves in one write. */
export class Outbox {
  readonly #writer: Writer;
  #waiting: Uint8Array[] = [];
  #length = 0;

  /** @param writer Where to write to. */
  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether it is time to {@linkcode Outbox.flush}, so that memory stays bounded. */
  get isFull(): boolean {
    return this.#length >= ENOUGH;
  }

  /** Puts a response behind those that wait. */
  add({ bytes }: Frame): void {
    this.#waiting.push(bytes);
    this.#length += bytes.length;
  }

  /** Writes all that wait. */
  async flush(): Promise<void> {
    const [first] = this.#waiting;
    if (!first) return;
    const bytes = this.#waiting.length === 1 ? first : this.#joined();
    this.#waiting = [];
    this.#length = 0;
    await writeAll(this.#writer, bytes);
  }

  #joined(): Uint8Array {
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const bytes of this.#waiting) {
      joined.set(bytes, at);
      at += bytes.length;
    }
    return joined;
  }
}
