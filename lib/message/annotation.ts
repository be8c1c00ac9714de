/** What some bytes of a frame say. */
export interface Annotation {
  /** Where the bytes begin, counted from the start of the frame. */
  readonly at: number;
  /**
   * Number of bytes. Fields of the header that share a byte have an annotation
   * each.
   */
  readonly length: number;
  /**
   * What the bytes are: a field of the header by its name in docs/protocol.md,
   * an item of a payload by its place there, an opcode of a pickle by its name,
   * `text` for the bytes of a string, or `not decoded`.
   */
  readonly field: string;
  /** What they say. A `text` has any characters that the sender chose. */
  readonly value: string;
}

/** Writes a number of things, such as `1 byte` or `65,523 bytes`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
