/** Stands in for `@std/cli/unicode-width` where JSR is out of reach. @module */
import { eastAsianWidth } from "npm:get-east-asian-width@1.7.0";

/** Characters that take no column: combining marks, control and format characters. */
const WITHOUT_WIDTH = /\p{Mn}|\p{Me}|\p{Cc}|\p{Cf}/u;

export function unicodeWidth(str: string): number {
  return [...str].reduce(
    (sum, character) =>
      WITHOUT_WIDTH.test(character)
        ? sum
        : sum + eastAsianWidth(character.codePointAt(0)!),
    0,
  );
}
