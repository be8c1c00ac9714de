/**
 * Text to tree to value: the calculator without its network, pure and
 * synchronous.
 *
 * @module
 */

export * from "./errors.ts";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.ts";
export { format } from "./canonical_text.ts";
export { MAX_DEPTH, parse } from "./parse.ts";
export type { BinaryOperator, NamedFunction, UnaryOperator } from "./operators.ts";
export {
  type Binary,
  type Call,
  type Constant,
  type Expression,
  isRandom,
  type Literal,
  type Unary,
} from "./tree.ts";
export { MAX_INTEGER_DIGITS, text, type Value } from "./value.ts";
