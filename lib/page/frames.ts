import type { Frame } from "../protocol/mod.ts";

/** How many bytes of frames to keep. */
const MAX_BYTES = 8 * 1024 ** 2;

/** Keeps the newest frames, so that a reader can look at their bytes. */
export class Frames {
  readonly #frames = new Map<number, Frame>();
  #bytes = 0;
  #last = 0;

  /** Keeps a copy of a frame, and returns its number. */
  keep(frame: Frame): number {
    this.#frames.set(++this.#last, frame.copy());
    this.#bytes += frame.bytes.length;
    for (const [id, { bytes }] of this.#frames) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#frames.delete(id);
      this.#bytes -= bytes.length;
    }
    return this.#last;
  }

  /** A frame by its number, if it is still kept. */
  get(id: number): Frame | undefined {
    return this.#frames.get(id);
  }
}
