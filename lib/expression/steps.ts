import { ExpressionError } from "./errors.ts";

/**
 * Records the steps of an evaluation (docs/protocol.md, steps-3). A cursor moves through the text of the
 * expression from left to right, as the evaluation does: to its left, values have
 * replaced what was computed; to its right, the text is unchanged.
 */
export class Steps {
  /** The steps so far, each the whole expression. */
  readonly texts: string[] = [];
  readonly #given: string;
  readonly #limit: number;
  #length = 0;
  /** The position of the cursor in the given text. */
  #cursor = 0;
  /** The text to the left of the cursor. */
  #left = "";
  /** The text to the left of each part that the cursor is in. */
  readonly #starts: string[] = [];

  /**
   * @param given The whole expression, which is the first step.
   * @param limit The maximum number of characters in all steps together.
   */
  constructor(given: string, limit: number) {
    this.#given = given;
    this.#limit = limit;
    this.note();
  }

  /** Moves the cursor past text and keeps it. */
  keep(text: string): void {
    this.#left += text;
    this.#cursor += text.length;
  }

  /** Moves the cursor past text and removes it. */
  drop(text: string): void {
    this.#cursor += text.length;
  }

  /** Writes a value at the cursor. */
  write(value: string): void {
    this.#left += value;
  }

  /** Moves the cursor into a part, past the text that opens it. */
  enter(opening = ""): void {
    this.#starts.push(this.#left);
    this.keep(opening);
  }

  /**
   * Moves the cursor out of a part, past the text that closes it, and removes
   * the part.
   */
  leave(closing = ""): void {
    this.#left = this.#starts.pop() ?? "";
    this.drop(closing);
  }

  /** Records the whole expression as a step, unless it equals the last one. */
  note(): void {
    const whole = this.#left + this.#given.slice(this.#cursor);
    if (whole === this.texts.at(-1)) return;
    this.#length += whole.length;
    if (this.#length > this.#limit) {
      throw new ExpressionError(
        "TooLarge",
        `the steps have more than ${this.#limit} characters: ask without steps`,
      );
    }
    this.texts.push(whole);
  }
}
