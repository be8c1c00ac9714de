import { writeAll, type Writer } from "../net/conn.ts";

/** The maximum number of lines waiting to be written. */
const MAX_WAITING = 10_000;

/** The maximum number of characters in these lines, which may quote whole frames. */
const MAX_WAITING_LENGTH = 2 ** 24;

const encoder = new TextEncoder();

/**
 * Writes lines to a reader that may be slow or gone, without blocking. Lines that
 * arrive during a write are written together in the next one; lines over the
 * limit are dropped and counted.
 */
export class LineWriter {
  readonly #writer: Writer;
  readonly #notice: (dropped: number) => string;
  #waiting: string[] = [];
  #waitingLength = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;

  /**
   * @param writer The destination of the lines.
   * @param notice Creates the line that reports how many were dropped.
   */
  constructor(writer: Writer, notice: (dropped: number) => string) {
    this.#writer = writer;
    this.#notice = notice;
  }

  /** Writes a line as soon as those before it are written. */
  write(line: string): void {
    const length = this.#waitingLength + line.length;
    if (this.#waiting.length >= MAX_WAITING || length > MAX_WAITING_LENGTH) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength = length;
    this.#writing ??= this.#writeWaiting();
  }

  /** Waits until all lines are written. */
  async finished(): Promise<void> {
    await this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const lines = this.#waiting;
        if (this.#dropped > 0) lines.push(this.#notice(this.#dropped));
        [this.#waiting, this.#waitingLength, this.#dropped] = [[], 0, 0];
        await writeAll(this.#writer, encoder.encode(`${lines.join("\n")}\n`));
      }
    } catch {
      // The reader is gone. Keep serving.
      [this.#waiting, this.#waitingLength] = [[], 0];
    }
    this.#writing = undefined;
  }
}
