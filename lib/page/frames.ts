import { annotate, type Annotation } from "../message/mod.ts";
import type { Frame } from "../protocol/mod.ts";

/** How many bytes of frames to keep. */
const MAX_BYTES = 8 * 1024 ** 2;

/** The maximum number of annotations per frame. */
const MAX_ANNOTATIONS = 2_000;

/** The maximum number of bytes of a frame to show. */
const MAX_SHOWN_BYTES = 4_096;

/** The bytes of a frame and their meaning. */
export interface FrameView {
  /** In bytes. */
  readonly length: number;
  readonly hex: string;
  readonly annotations: readonly Annotation[];
}

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

  /** Explains a frame, given its number, if it is still kept. */
  view(id: number): FrameView | undefined {
    const frame = this.#frames.get(id);
    return frame && {
      length: frame.bytes.length,
      hex: frame.bytes.subarray(0, MAX_SHOWN_BYTES).toHex(),
      annotations: [...annotate(frame).take(MAX_ANNOTATIONS)],
    };
  }
}
