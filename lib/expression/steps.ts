import { ExpressionError } from "./errors.ts";
import { formatOperand, formatRight, isMisread } from "./format.ts";
import { type Binary, type Call, type Expression, isNumber } from "./tree.ts";

/** The steps of a calculation, as far as it has come. */
export class Steps {
  /** Each of them the whole expression, with what is computed as values. */
  readonly texts: string[] = [];
  readonly #limit: number;
  #length = 0;

  /** @param limit How many characters all of them may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Notes the whole as it stands, unless it stands so already. */
  note(whole: string): void {
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

/**
 * Where a part of an expression stands: between what is written before it, which
 * is computed, and what is written after it, which is not yet.
 */
export class Place {
  readonly #steps: Steps;
  readonly #before: string;
  readonly #after: string;

  /** A place in the whole; that of the whole is between nothing and nothing. */
  constructor(steps: Steps, before = "", after = "") {
    this.#steps = steps;
    this.#before = before;
    this.#after = after;
  }

  /** The place of a part of this part, or none for a number: it takes no steps. */
  of(part: Expression, before: string, after: string): Place | undefined {
    return isNumber(part)
      ? undefined
      : new Place(this.#steps, this.#before + before, after + this.#after);
  }

  /** The place of an operand, which is in brackets if it is an operation itself. */
  ofOperand(
    operand: Expression,
    before: string,
    after: string,
  ): Place | undefined {
    return operand.kind === "binary"
      ? this.of(operand, `${before}(`, `)${after}`)
      : this.of(operand, before, after);
  }

  /** The place of an operation's left operand. */
  ofLeft(operation: Binary): Place | undefined {
    const { operator, left } = operation;
    const after = formatRight(operation);
    return left.kind === "unary" && isMisread(left.operator.symbol, operator)
      ? this.of(left, "(", `)${after}`)
      : this.ofOperand(left, "", after);
  }

  /** The place of an argument, behind what is written of its call so far. */
  ofArgument(
    { arguments: given }: Call,
    index: number,
    before: string,
  ): Place | undefined {
    const argument = given[index];
    // Looked at first: there may be thousands of them.
    if (!argument || isNumber(argument)) return undefined;
    if (given.length === 1) return this.of(argument, before, ")");
    const others = given.slice(index + 1).map(formatOperand);
    return this.ofOperand(argument, before, `${["", ...others].join(", ")})`);
  }

  /** Notes the whole, with this part as it stands now. */
  note(part: string): void {
    this.#steps.note(this.#before + part + this.#after);
  }
}
