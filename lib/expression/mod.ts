/**
 * Parses and evaluates expressions: text to tree to value. No network, no side
 * effects.
 *
 * @module
 */

export { format } from "./canonical_text.ts";
export * from "./errors.ts";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.ts";
export type { NamedConstant } from "./constants.ts";
export type { NamedFunction } from "./functions.ts";
export { MAX_INTEGER_DIGITS } from "./integer_limit.ts";
export { formatValue, parseValue } from "./number_text.ts";
export type { BinaryOperator, UnaryOperator } from "./operators.ts";
export { MAX_DEPTH, parse } from "./parse.ts";
export { isRandom } from "./random.ts";
export type {
  Binary,
  Call,
  Constant,
  Expression,
  Literal,
  Unary,
} from "./tree.ts";
export type { Value } from "./value.ts";
export { Vocabulary, type VocabularyAdditions } from "./vocabulary.ts";
