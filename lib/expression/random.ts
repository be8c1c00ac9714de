import type { Expression } from "./tree.ts";

/**
 * Whether evaluating an expression twice may give different results, that is,
 * whether it calls `rand`.
 *
 * @param expression The tree to search.
 * @returns `true` if it contains a call of a random function.
 *
 * @example Usage
 * ```ts
 * import { parse } from "@calculator/tcp";
 * import { isRandom } from "@calculator/tcp/expression";
 * import { assert } from "@std/assert";
 *
 * assert(isRandom(parse("2 * rand(0, 1)")));
 * assert(!isRandom(parse("2 * max(0, 1)")));
 * ```
 */
export function isRandom(expression: Expression): boolean {
  const unseen = [expression];
  for (let node = unseen.pop(); node !== undefined; node = unseen.pop()) {
    switch (node.kind) {
      case "unary":
        unseen.push(node.operand);
        break;
      case "binary":
        unseen.push(node.left, node.right);
        break;
      case "call":
        if (node.function.random) return true;
        for (const argument of node.arguments) unseen.push(argument);
        break;
    }
  }
  return false;
}
