import type { Expression, NamedFunction } from "../../expression/mod.ts";
import { constants } from "../../expression/constants.ts";
import { binaryOperators, unaryOperators } from "../../expression/operators.ts";
import { ProtocolError } from "../../protocol/mod.ts";
import {
  ASSOCIATIVITY,
  CLASSES,
  FUNCTIONS,
  MAX_PYTHON_DEPTH,
  OPERATORS,
  RAND,
  SIGNS,
} from "./python_names.ts";
import {
  Call,
  type Global,
  Instance,
  Tuple,
  type Value,
} from "./pickle_values.ts";

/**
 * Converts an expression to the objects that the reference would pickle for it.
 *
 * @throws {ProtocolError} If it is nested too deeply for Python, or calls a function
 * that the reference does not have.
 */
export function toPython(expression: Expression, depth = 0): Value {
  if (depth > MAX_PYTHON_DEPTH) {
    throw new ProtocolError(
      `the expression is nested deeper than a pickle may be, ${MAX_PYTHON_DEPTH} levels: send MessagePack`,
      "TooLarge",
    );
  }
  switch (expression.kind) {
    case "literal":
      return object(CLASSES.literal, { value: expression.value });
    case "constant":
      // The reference has no names for inf and nan.
      return namedConstants.get(expression.name.toLowerCase()) ??
        object(CLASSES.literal, { value: expression.value });
    case "unary":
      return object(CLASSES.unary, {
        operator: signs.get(expression.operator.symbol) ?? null,
        operand: toPython(expression.operand, depth + 1),
      });
    case "binary":
      return object(CLASSES.binary, {
        left_operand: toPython(expression.left, depth + 1),
        operator: operators.get(expression.operator.symbol) ?? null,
        right_operand: toPython(expression.right, depth + 1),
      });
    case "call":
      return object(CLASSES.call, {
        function: functionInPython(expression.function),
        args: expression.arguments.map((argument) =>
          toPython(argument, depth + 1)
        ),
      });
  }
}

function object(of: Global, attributes: Record<string, Value>): Instance {
  return new Instance(of, new Map(Object.entries(attributes)));
}

// The reference has one object for each operator, function and constant. A pickle
// contains it once, no matter how many times it occurs.

const leftToRight = new Call(
  CLASSES.associativity,
  new Tuple([ASSOCIATIVITY.left]),
);
const rightToLeft = new Call(
  CLASSES.associativity,
  new Tuple([ASSOCIATIVITY.right]),
);

const operators = new Map(
  [...binaryOperators.values()].map(({ symbol, associativity }) => [
    symbol,
    object(CLASSES.binaryOperator, {
      symbol,
      function: OPERATORS.get(symbol) ?? null,
      associativity: associativity === "left" ? leftToRight : rightToLeft,
    }),
  ]),
);

const signs = new Map(
  [...unaryOperators.values()].map(({ symbol }) => [
    symbol,
    object(CLASSES.unaryOperator, {
      symbol,
      function: SIGNS.get(symbol) ?? null,
    }),
  ]),
);

/** A generator seeds itself when unpickled, so its state is not sent. */
const rand = new Call(
  RAND.getattr,
  new Tuple([new Call(RAND.random, new Tuple([])), RAND.method]),
);

const called = new Map(
  [...FUNCTIONS, ["rand", rand] as const].map(([name, callable]) => [
    name,
    object(CLASSES.function, { name, function: callable }),
  ]),
);

function functionInPython({ name }: NamedFunction): Instance {
  const found = called.get(name);
  if (found) return found;
  throw new ProtocolError(
    `the function ${name} has no name in pickles: send MessagePack`,
  );
}

const namedConstants = new Map(
  [...constants.values()].filter(({ value }) => Number.isFinite(value))
    .map(({ name, value }) => [
      name,
      object(CLASSES.constant, { name: name.toUpperCase(), value }),
    ]),
);
