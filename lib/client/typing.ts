/**
 * What helps with typing an expression: completion, hints and colours.
 *
 * @module
 */

import { constants } from "../expression/constants.ts";
import { functions } from "../expression/functions.ts";
import { tokensOf } from "../expression/tokens.ts";
import type { Style } from "../terminal/style.ts";
import { COMMANDS, topics } from "./help.ts";
import { ANS } from "./parse_typed.ts";
import type { Completion } from "./line_editor.ts";

/** Completes the name at the end of a text. */
export function complete(before: string): Completion {
  const [begun = ""] = /[a-z]*$/i.exec(before) ?? [];
  const isFirst = before.trim() === begun;
  const words = /^\s*help\s/i.test(before) ? [...topics.keys()] : [
    ...functions.keys().map((name) => `${name}(`),
    ...constants.keys(),
    ANS,
    ...(isFirst ? COMMANDS.keys() : []),
  ];
  const fits = (word: string) => word.startsWith(begun.toLowerCase());
  return { begun, words: words.filter(fits) };
}

/** The arguments of the call that a text ends in, if it does. */
export function hint(before: string): string | undefined {
  const open: (string | undefined)[] = [];
  let name: string | undefined;
  for (const { kind, text } of tokensOf(before)) {
    if (text === "(") open.push(name);
    if (text === ")") open.pop();
    name = kind === "name" ? text.toLowerCase() : undefined;
  }
  const called = open.at(-1);
  return called !== undefined && functions.has(called)
    ? topics.get(called)?.form
    : undefined;
}

/** Makes the names that an expression may use stand out. */
export function paint(text: string, { bold }: Style): string {
  let painted = "";
  let end = 0;
  for (const { kind, text: piece, position } of tokensOf(text)) {
    painted += text.slice(end, position);
    painted += kind === "name" && isKnown(piece) ? bold(piece) : piece;
    end = position + piece.length;
  }
  return painted + text.slice(end);
}

function isKnown(name: string): boolean {
  const known = name.toLowerCase();
  return functions.has(known) || constants.has(known) || known === ANS;
}
