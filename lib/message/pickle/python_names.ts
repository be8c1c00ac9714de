/**
 * The names in the reference's pickles: its classes, and the Python functions
 * that implement its operators and functions. They serve to recognize and write
 * pickles and are never looked up.
 *
 * @module
 */

import { Global } from "./pickle_values.ts";

/** The maximum depth of a pickled expression. Python walks it recursively. */
export const MAX_PYTHON_DEPTH = 500;

/** The classes of expressions. */
export const CLASSES = {
  literal: new Global("calculator", "Constant"),
  constant: new Global("calculator", "NamedConstant"),
  unary: new Global("calculator", "UnaryExpr"),
  binary: new Global("calculator", "BinaryExpr"),
  call: new Global("calculator", "FunctionCallExpr"),
  unaryOperator: new Global("calculator", "UnaryOperator"),
  binaryOperator: new Global("calculator", "BinaryOperator"),
  associativity: new Global("calculator", "Associativity"),
  function: new Global("calculator", "Function"),
} as const;

/** The numbers of the associativities. */
export const ASSOCIATIVITY = { left: 0n, right: 1n } as const;

/** The Python functions of our operators, by symbol. */
export const OPERATORS: ReadonlyMap<string, Global> = new Map([
  ["+", new Global("_operator", "add")],
  ["-", new Global("_operator", "sub")],
  ["*", new Global("_operator", "mul")],
  ["/", new Global("_operator", "truediv")],
  ["%", new Global("_operator", "mod")],
  ["**", new Global("_operator", "pow")],
]);

/** The Python functions of our signs, by symbol. */
export const SIGNS: ReadonlyMap<string, Global> = new Map([
  ["-", new Global("_operator", "neg")],
  ["+", new Global("_operator", "pos")],
]);

/** The Python functions of our functions, by name. `rand` is a method: see below. */
export const FUNCTIONS: ReadonlyMap<string, Global> = new Map([
  ["max", new Global("builtins", "max")],
  ["min", new Global("builtins", "min")],
  ["pow", new Global("builtins", "pow")],
  ["sqrt", new Global("math", "sqrt")],
  ["sin", new Global("math", "sin")],
  ["cos", new Global("math", "cos")],
  ["tan", new Global("math", "tan")],
  ["log", new Global("math", "log")],
]);

/** `rand` is the method `uniform` of a `Random`, obtained with `getattr`. */
export const RAND = {
  getattr: new Global("builtins", "getattr"),
  random: new Global("random", "Random"),
  method: "uniform",
} as const;

/** The reference's class for client errors. */
export const CLIENT_ERROR = new Global("api", "CalculatorClientError");

/** The reference's class for errors of a server or a proxy. */
export const SERVER_ERROR = new Global("api", "CalculatorServerError");

/** The exceptions that Python raises in calculations, by our error names. */
export const EXCEPTIONS: ReadonlyMap<string, Global> = new Map([
  ["DivisionByZero", new Global("builtins", "ZeroDivisionError")],
  ["DomainError", new Global("builtins", "ValueError")],
  ["OutOfRange", new Global("builtins", "OverflowError")],
  ["WrongArguments", new Global("builtins", "TypeError")],
]);

const KNOWN: ReadonlySet<string> = new Set(
  [
    ...Object.values(CLASSES),
    ...OPERATORS.values(),
    ...SIGNS.values(),
    ...FUNCTIONS.values(),
    RAND.getattr,
    RAND.random,
    CLIENT_ERROR,
    SERVER_ERROR,
    ...EXCEPTIONS.values(),
  ].map(({ path }) => path),
);

/** Whether a pickle may name a global, that is, whether the reference has it. */
export function isKnown({ path }: Global): boolean {
  return KNOWN.has(path);
}
