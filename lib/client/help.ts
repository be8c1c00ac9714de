/**
 * The help texts of the prompt.
 *
 * @module
 */

import { didYouMean } from "../did_you_mean.ts";
import { constants } from "../expression/constants.ts";
import { functions } from "../expression/functions.ts";
import { binaryOperators } from "../expression/operators.ts";
import { printable } from "../terminal/printable.ts";
import { wrap } from "../terminal/wrap.ts";
import { ANS } from "./parse_typed.ts";

/** The help for a name or an operator. */
export interface Topic {
  /** How it is written. */
  readonly form: string;
  /** Its arguments and its result, in words. */
  readonly about: string;
  /** An expression, and its result unless it is random. */
  readonly example: readonly [expression: string, result?: string];
}

/** The topics by name: all functions, constants and operators. */
export const topics: ReadonlyMap<string, Topic> = new Map([
  ["max", {
    form: "max(a, b, …)",
    about: "The largest of two or more numbers.",
    example: ["max(2, 7, 5)", "7"],
  }],
  ["min", {
    form: "min(a, b, …)",
    about: "The smallest of two or more numbers.",
    example: ["min(2, 7, 5)", "2"],
  }],
  ["sqrt", {
    form: "sqrt(x)",
    about: "The square root of a number that is not negative.",
    example: ["sqrt(16)", "4.0"],
  }],
  ["sin", {
    form: "sin(angle)",
    about: "The sine of an angle in radians.",
    example: ["sin(pi / 2)", "1.0"],
  }],
  ["cos", {
    form: "cos(angle)",
    about: "The cosine of an angle in radians.",
    example: ["cos(pi)", "-1.0"],
  }],
  ["tan", {
    form: "tan(angle)",
    about: "The tangent of an angle in radians.",
    example: ["tan(0)", "0.0"],
  }],
  ["log", {
    form: "log(x[, base])",
    about:
      "The logarithm of a positive number to a base; without one, the natural logarithm.",
    example: ["log(8, 2)", "3.0"],
  }],
  ["pow", {
    form: "pow(base, exponent[, modulus])",
    about:
      "The base raised to the exponent; with a modulus (integers only), the remainder of its division by the modulus.",
    example: ["pow(2, 10, 1000)", "24"],
  }],
  ["rand", {
    form: "rand(from, to)",
    about:
      "A random number between the two, different each time: it is never cached.",
    example: ["rand(1, 6)"],
  }],
  ["pi", {
    form: "pi",
    about: "The circumference of a circle whose diameter is 1.",
    example: ["cos(pi)", "-1.0"],
  }],
  ["tau", {
    form: "tau",
    about: "Twice pi: a full turn in radians.",
    example: ["cos(tau)", "1.0"],
  }],
  ["e", {
    form: "e",
    about: "The base of the natural logarithm.",
    example: ["log(e)", "1.0"],
  }],
  ["inf", {
    form: "inf",
    about: "Infinity, which is larger than every number.",
    example: ["1 / inf", "0.0"],
  }],
  ["nan", {
    form: "nan",
    about:
      "Not a number: the result of an operation without one, such as inf - inf.",
    example: ["nan + 1", "nan"],
  }],
  ["+", {
    form: "a + b",
    about: "The sum. +a is a itself.",
    example: ["2 + 3", "5"],
  }],
  ["-", {
    form: "a - b",
    about: "The difference. -a is a with the opposite sign.",
    example: ["2 - 3", "-1"],
  }],
  ["*", {
    form: "a * b",
    about: "The product.",
    example: ["6 * 7", "42"],
  }],
  ["/", {
    form: "a / b",
    about: "The quotient, a decimal number even for integers.",
    example: ["7 / 2", "3.5"],
  }],
  ["%", {
    form: "a % b",
    about: "The remainder of a division, with the sign of b.",
    example: ["-7 % 3", "2"],
  }],
  ["**", {
    form: "a ** b",
    about:
      "The power: a to the b. It binds tighter than a sign before it, and groups from the right.",
    example: ["-2 ** 2", "-4"],
  }],
]);

const KEYS: readonly (readonly [key: string, does: string])[] = [
  ["Tab", "completes a name, or lists the names"],
  ["Up, Down", "search for lines that begin as typed"],
  ["Ctrl-A, -E", "go to the start, to the end"],
  ["Ctrl-W", "deletes a word"],
  ["Ctrl-U, -K", "delete to the start, to the end"],
  ["Ctrl-Y", "brings back what was deleted"],
  ["Ctrl-_", "undoes a change"],
  ["Ctrl-L", "clears the screen"],
  ["Ctrl-C", "drops the line, or cancels the request"],
  ["Ctrl-Z", "suspends: fg in the shell continues"],
  ["Ctrl-D", "exits, on an empty line"],
];

const LAST_RESULT = `${ANS} stands for the last result`;

/** The commands of the prompt by name. */
export const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["help", "help NAME says more about a function, a constant or an operator"],
  ["history", "history lists the lines entered so far"],
  ["exit", "exit or quit ends the session, as does Ctrl-D"],
]);

/** The width of the left column. */
const LABEL = 10;

/** The width of the column of keys. */
const KEY = 12;

/**
 * The help for the prompt, or for a name or an operator.
 *
 * @param columns The width of the window.
 * @param name The name or the operator.
 */
export function help(columns: number, name?: string): string {
  return name === undefined ? overview(columns) : helpAbout(name, columns);
}

function overview(columns: number): string {
  const room = columns - LABEL;
  const listed = (words: Iterable<string>) => wrap([...words], room, "  ");
  const wrapped = (text: string) => wrap(text.split(" "), room);
  const forms = (names: Iterable<string>) =>
    [...names].map((name) => topics.get(name)?.form ?? name);
  return [
    section("Numbers", wrapped("7  2.5  .5  1e-3, integers of any size")),
    section("Operators", [
      ...listed(binaryOperators.keys()),
      ...wrap(["the signs - and +,", "brackets ( )"], room),
    ]),
    section("Functions", listed(forms(functions.keys()))),
    section("Constants", listed(constants.keys())),
    section("Result", wrapped(LAST_RESULT)),
    section("Commands", [...COMMANDS.values()].flatMap(wrapped)),
    section(
      "Keys",
      KEYS.flatMap(([key, does]) =>
        beside(key, KEY, wrap(does.split(" "), room - KEY))
      ),
    ),
  ].flat().join("\n");
}

function helpAbout(name: string, columns: number): string {
  const asked = name.replace(/\(.*$/, "").toLowerCase();
  const topic = topics.get(asked);
  const other = asked === ANS ? LAST_RESULT : COMMANDS.get(asked);
  if (other !== undefined) return wrap(other.split(" "), columns).join("\n");
  if (!topic) {
    const hint = didYouMean(asked, topics.keys(), (name) => `"${name}"`);
    const message = `There is no help about "${printable(name)}"${hint}`;
    return wrap(message.split(" "), columns).join("\n");
  }
  const [expression, result] = topic.example;
  return [
    topic.form,
    ...wrap(topic.about.split(" "), columns - 2).map((line) => `  ${line}`),
    `  Example: ${expression}${result === undefined ? "" : ` = ${result}`}`,
  ].join("\n");
}

function section(label: string, lines: readonly string[]): string[] {
  return beside(label, LABEL, lines);
}

/** Puts a word beside the first of some lines. */
function beside(
  word: string,
  width: number,
  lines: readonly string[],
): string[] {
  return lines.map((line, index) =>
    `${(index === 0 ? word : "").padEnd(width)}${line}`
  );
}
