/**
 * Generates expressions: valid ones, damaged ones, and ones near the limits of the
 * language.
 *
 * @module
 */

import type { Dice } from "./dice.ts";
import { mutate } from "./mutate.ts";

/** An expression. About half of them have a value. */
export function expression(dice: Dice): string {
  return dice.weighted([
    [12, sound],
    [8, damaged],
    [5, soup],
    [2, chain],
    [2, nest],
    [2, huge],
    [3, power],
    [2, modularPower],
    [4, strange],
  ])(dice);
}

/** A syntactically valid expression. It may still have no value, like `1 / 0`. */
export function sound(dice: Dice): string {
  return grown(dice, dice.between(0, 6));
}

/**
 * A modular power whose cost is just below or above the work limit: about a tenth
 * of a second of server time.
 */
export function costly(dice: Dice): string {
  const number = () => digits(dice, dice.between(1000, 1600));
  return `pow(${number()}, ${number()}, ${number()})`;
}

const OPERATORS = ["+", "-", "*", "/", "%", "**"] as const;
const NAMES = ["pi", "TAU", "e", "Inf", "nan"] as const;
const FUNCTIONS = [
  ["max", 2],
  ["MIN", 3],
  ["sqrt", 1],
  ["sin", 1],
  ["Cos", 1],
  ["tan", 1],
  ["log", 1],
  ["log", 2],
  ["pow", 2],
  ["pow", 3],
  ["rand", 2],
] as const;

function grown(dice: Dice, depth: number): string {
  if (depth === 0) return leaf(dice);
  const part = () => grown(dice, dice.below(depth));
  const space = dice.pick(["", " ", "  ", "\t"]);
  return dice.weighted([
    [8, () => `${part()}${space}${dice.pick(OPERATORS)}${space}${part()}`],
    [3, () => `(${part()})`],
    [2, () => `${dice.pick(["-", "+"])}${space}${part()}`],
    [3, () => {
      const [name, count] = dice.pick(FUNCTIONS);
      return `${name}(${dice.several(count, part).join(`,${space}`)})`;
    }],
  ])();
}

function leaf(dice: Dice): string {
  return dice.weighted([
    [8, () => `${dice.below(20)}`],
    [2, () => digits(dice, dice.between(1, 40))],
    [2, () => `${dice.below(1000)}.${dice.below(1000)}`],
    [1, () => dice.pick(["1e308", "5e-324", ".5", "2.", "1E-7", "9.99e400"])],
    [2, () => dice.pick(NAMES)],
  ])();
}

function digits(dice: Dice, count: number): string {
  return dice.several(count, () => `${dice.below(10)}`).join("");
}

function damaged(dice: Dice): string {
  return mutate(dice, [...sound(dice)], character).join("");
}

function soup(dice: Dice): string {
  const length = dice.weighted([[8, 12], [2, 60], [1, 2000]]);
  return dice.several(dice.between(0, length), token).join(
    dice.pick(["", " "]),
  );
}

function token(dice: Dice): string {
  return dice.weighted([
    [4, leaf],
    [4, () => dice.pick(OPERATORS)],
    [4, () => dice.pick(["(", ")", ","])],
    [2, () => dice.pick(FUNCTIONS)[0]],
    [1, character],
  ])(dice);
}

/** A chain of operations that fills a frame, or nearly. */
function chain(dice: Dice): string {
  const link = `${dice.pick(OPERATORS)} ${leaf(dice)} `;
  const most = dice.weighted([[6, 400], [2, 5_000], [1, 65_500]]);
  return leaf(dice) + link.repeat(dice.below(most) / link.length);
}

/** A nested expression, mostly near the maximum depth. */
function nest(dice: Dice): string {
  const [open, close] = dice.pick(
    [
      ["(", ")"],
      ["-", ""],
      ["1 + (", ")"],
      ["2 ** ", ""],
      ["sqrt(", ")"],
      ["max(1, ", ")"],
      ["((1 + ", ") * 2)"],
    ] as const,
  );
  const depth = dice.weighted([[4, 250], [4, 600], [1, 20_000]]);
  const count = dice.below(Math.min(depth, 65_000 / (open + close).length));
  const closed = dice.once(8) ? dice.below(count + 1) : count;
  return open.repeat(count) + leaf(dice) + close.repeat(closed);
}

/** Integers near the maximum length. */
function huge(dice: Dice): string {
  const number = () =>
    digits(dice, dice.weighted([[2, 400], [4, dice.between(4290, 4310)]]));
  const length = dice.weighted([[8, 2], [1, 10]]);
  return dice.several(dice.between(1, length), number)
    .join(` ${dice.pick(OPERATORS)} `);
}

const EXPONENTS = [
  "0",
  "1",
  "2",
  "-1",
  "0.5",
  "64",
  "1000",
  "14283",
  "14285",
  "99999",
  "-99999",
  "10 ** 30",
  "9 ** 9",
] as const;

function power(dice: Dice): string {
  const base = dice.pick([leaf(dice), "10", "0", "-1", "0.0", "-2", "1e200"]);
  return [base, ...dice.several(dice.between(1, 3), () => dice.pick(EXPONENTS))]
    .join(" ** ");
}

function modularPower(dice: Dice): string {
  const number = () =>
    dice.pick(["", "-"]) +
    digits(dice, dice.weighted([[6, 3], [3, 40], [1, 600]]));
  return `pow(${number()}, ${number()}, ${number()})`;
}

/** Text that is not an expression, or only looks like one: `１ ＋ ２`. */
function strange(dice: Dice): string {
  const length = dice.weighted([[8, 20], [1, 3000]]);
  return dice.several(dice.between(0, length), character).join("");
}

const STRANGE = [..."0\n\r\t\v\f\0\x07\x1b\x7f\x85\xa0\xad\xbd²½×÷−٣१０＋（∞π"]
  .concat("\u200b", "\u2028", "\u202e", "\ufeff", "\ufffd", "e\u0301")
  .concat("🧮", "👩‍👩‍👧", "\ud800", "\udfff");

function character(dice: Dice): string {
  return dice.weighted([
    [6, () => String.fromCharCode(dice.between(0x20, 0x7e))],
    [4, () => dice.pick(STRANGE)],
    [1, () => String.fromCodePoint(dice.below(0x110000))],
    [1, () => String.fromCharCode(dice.below(0x20))],
  ])();
}
