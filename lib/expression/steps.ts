import { ExpressionError } from "./errors.ts";

/**
 * Writes down the steps of a calculation. A cursor moves through the text of the
 * expression from left to right, as the evaluation does: on its left, values
 * stand in place of what is computed; on its right, the text is as given.
 */
export class Steps {
  /** Each of them the whole expression, with what is computed as values. */
  readonly texts: string[] = [];
  readonly #given: string;
  readonly #limit: number;
  #length = 0;
  /** Where the cursor is in the given text. */
  #cursor = 0;
  /** What stands on the left of the cursor. */
  #left = "";
  /** What stood there at the start of each part that the cursor is in. */
  readonly #starts: string[] = [];

  /**
   * @param given The whole expression, which is the first step.
   * @param limit How many characters all steps may have.
   */
  constructor(given: string, limit: number) {
    this.#given = given;
    this.#limit = limit;
    this.note();
  }

  /** Moves past text that stays. */
  keep(text: string): void {
    this.#left += text;
    this.#cursor += text.length;
  }

  /** Moves past text that a value replaces. */
  drop(text: string): void {
    this.#cursor += text.length;
  }

  /** Writes a value at the cursor. */
  write(value: string): void {
    this.#left += value;
  }

  /** Moves into a part, past the text that opens it. */
  enter(opening = ""): void {
    this.#starts.push(this.#left);
    this.keep(opening);
  }

  /** Moves out of a part, past the text that closes it; a value replaces the part. */
  leave(closing = ""): void {
    this.#left = this.#starts.pop() ?? "";
    this.drop(closing);
  }

  /** Notes the whole as it stands, unless it stands so already. */
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
