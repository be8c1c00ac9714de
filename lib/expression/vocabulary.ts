import { constants, type NamedConstant } from "./constants.ts";
import { checkConstant, checkFunction, checkName } from "./definition.ts";
import { functions, type NamedFunction } from "./functions.ts";

/** What to add to the standard names: see {@linkcode Vocabulary}. */
export interface VocabularyAdditions {
  /** The functions to add. */
  readonly functions?: readonly NamedFunction[] | undefined;
  /** The constants to add. */
  readonly constants?: readonly NamedConstant[] | undefined;
}

/**
 * The functions and constants that an expression may name: the standard ones, and
 * those that you add. A vocabulary never changes once it is created.
 *
 * Nothing in a request or a response says which vocabulary it is meant for, and
 * caches compare expressions as text. Servers with different vocabularies must
 * therefore not share a cache.
 *
 * @example One more function and one more constant
 * ```ts
 * import { evaluate, Vocabulary } from "@calculator/tcp/expression";
 * import { assertEquals } from "@std/assert";
 *
 * const vocabulary = new Vocabulary({
 *   functions: [{ name: "cbrt", arity: [1, 1], apply: (x) => Math.cbrt(Number(x)) }],
 *   constants: [{ name: "dozen", value: 12n }],
 * });
 * assertEquals(evaluate("cbrt(27)", { vocabulary }).value, 3);
 * assertEquals(evaluate("2 * Dozen", { vocabulary }).value, 24n);
 * ```
 */
export class Vocabulary {
  /** All functions, the standard ones first. */
  readonly functions: readonly NamedFunction[];
  /** All constants, the standard ones first. */
  readonly constants: readonly NamedConstant[];
  readonly #functions = new Map(functions);
  readonly #constants = new Map(constants);

  /**
   * Creates a vocabulary.
   *
   * @param additions The functions and constants to add. They are copied.
   * @throws {TypeError} If a name is invalid or taken, or a part of a definition
   * has the wrong type.
   * @throws {RangeError} If an arity is invalid, or a constant is an integer of
   * more than 4300 digits.
   */
  constructor(additions: VocabularyAdditions = {}) {
    for (const added of additions.functions ?? []) {
      const name = this.#claim("function", added.name);
      this.#functions.set(name, checkFunction(name, added));
    }
    for (const added of additions.constants ?? []) {
      const name = this.#claim("constant", added.name);
      this.#constants.set(name, checkConstant(name, added));
    }
    this.functions = Object.freeze([...this.#functions.values()]);
    this.constants = Object.freeze([...this.#constants.values()]);
    Object.freeze(this);
  }

  /**
   * Finds a function.
   *
   * @param name The name in any case.
   * @returns The function, or `undefined` if there is none of this name.
   */
  functionNamed(name: string): NamedFunction | undefined {
    return this.#functions.get(name.toLowerCase());
  }

  /**
   * Finds a constant.
   *
   * @param name The name in any case.
   * @returns The constant, or `undefined` if there is none of this name.
   */
  constantNamed(name: string): NamedConstant | undefined {
    return this.#constants.get(name.toLowerCase());
  }

  /** The name of an addition in lower case, if it is valid and free. */
  #claim(kind: "function" | "constant", written: string): string {
    const name = checkName(kind, written);
    if (this.functionNamed(name) || this.constantNamed(name)) {
      throw new TypeError(`Cannot add the ${kind} ${name}: the name is taken`);
    }
    return name;
  }
}

/** The vocabulary without additions. */
export const STANDARD: Vocabulary = new Vocabulary();
