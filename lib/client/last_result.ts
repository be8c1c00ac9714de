import { ExpressionError } from "../expression/mod.ts";
import { tokensOf } from "../expression/tokens.ts";

/** The name that stands for the last result, in any case. */
export const ANS = "ans";

/**
 * Puts the last result into an expression, in place of its name. So what is sent
 * has no other names than without it.
 *
 * @param source The expression.
 * @param result The last result, if there is one.
 * @returns The expression with the result in brackets, as it may be negative.
 * @throws {ExpressionError} If the expression uses a result that there is not.
 */
export function withLastResult(
  source: string,
  result: string | undefined,
): string {
  let text = "";
  let end = 0;
  for (const { kind, text: name, position } of tokensOf(source)) {
    if (kind !== "name" || name.toLowerCase() !== ANS) continue;
    if (result === undefined) {
      const message = `there is no result yet that ${name} could stand for`;
      throw new ExpressionError("UnknownName", message, position);
    }
    text += `${source.slice(end, position)}(${result})`;
    end = position + name.length;
  }
  return text + source.slice(end);
}
