import { ExpressionError } from "./errors.ts";

/**
 * Writes down the steps of a calculation. It goes through the expression from
 * left to right, and the steps with it, as a cursor in the text: behind it stand
 * values in place of what is computed, before it the text as it was given.
 */
export class Steps {
  /** Each of them the whole expression, with what is computed as values. */
  readonly texts: string[] = [];
  readonly #given: string;
  readonly #limit: number;
  #length = 0;
  /** Where the cursor is in the given text. */
  #cursor = 0;
  /** What stands behind the cursor now. */
  #written = "";
  /** What stood behind it where each part begins that it is in. */
  readonly #beginnings: string[] = [];

  /**
   * @param given The whole expression, which is the first step.
   * @param limit How many characters all steps may have.
   */
  constructor(given: string, limit: number) {
    this.#given = given;
    this.#limit = limit;
    this.note();
  }

  /** Moves the cursor over text that stays. */
  keep(text: string): void {
    this.#written += text;
    this.#cursor += text.length;
  }

  /** Moves the cursor over text that goes. */
  drop(text: string): void {
    this.#cursor += text.length;
  }

  /** Writes a value at the cursor. */
  write(value: string): void {
    this.#written += value;
  }

  /** Moves the cursor into a part that opens with this text. */
  enter(opening: string): void {
    this.#beginnings.push(this.#written);
    this.keep(opening);
  }

  /** Moves the cursor out of a part that closes with this text, and drops the part. */
  leave(closing: string): void {
    this.#written = this.#beginnings.pop() ?? "";
    this.drop(closing);
  }

  /** Notes the whole as it stands, unless it stands so already. */
  note(): void {
    const whole = this.#written + this.#given.slice(this.#cursor);
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
