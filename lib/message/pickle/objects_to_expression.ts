import { constants } from "../../expression/constants.ts";
import { functions, type NamedFunction } from "../../expression/functions.ts";
import {
  type Expression,
  ExpressionError,
  formatValue,
} from "../../expression/mod.ts";
import {
  type BinaryOperator,
  binaryOperators,
  unaryOperators,
} from "../../expression/operators.ts";
import { MAX_PAYLOAD_LENGTH, ProtocolError } from "../../protocol/mod.ts";
import {
  ASSOCIATIVITY,
  CLASSES,
  FUNCTIONS,
  MAX_PYTHON_DEPTH,
  OPERATORS,
  RAND,
  SIGNS,
} from "./python_names.ts";
import { Call, Global, Instance, type Value } from "./pickle_values.ts";

/**
 * Converts the objects that the reference pickles for an expression. Operators,
 * functions and constants are recognized by their names.
 *
 * @throws {ProtocolError} If there is any other object, or a cycle.
 * @throws {ExpressionError} If a function has a wrong number of arguments, with
 * Python's message.
 */
export function fromPython(value: Value): Expression {
  return new ExpressionBuilder().build(value, 0);
}

class ExpressionBuilder {
  /** A lower bound for the number of characters in the expression so far. */
  #length = 0;

  build(value: Value | undefined, depth: number): Expression {
    // An object may be referenced many times, even by itself.
    if (depth > MAX_PYTHON_DEPTH) {
      throw new ProtocolError(
        `the pickled expression is nested deeper than ${MAX_PYTHON_DEPTH} levels`,
      );
    }
    this.#lengthen(1);
    const of = value instanceof Instance ? value.of.path : undefined;
    switch (of) {
      case CLASSES.literal.path:
        return this.#literal(value);
      case CLASSES.constant.path:
        return this.#constant(value);
      case CLASSES.unary.path:
        return this.#unary(value, depth);
      case CLASSES.binary.path:
        return this.#binary(value, depth);
      case CLASSES.call.path:
        return this.#call(value, depth);
      default:
        throw unexpected("an expression");
    }
  }

  #literal(object: Value | undefined): Expression {
    const [value] = attributes(object, CLASSES.literal, ["value"]);
    if (typeof value !== "bigint" && typeof value !== "number") {
      throw unexpected("an int or a float");
    }
    this.#lengthen(formatValue(value).length);
    return { kind: "literal", value };
  }

  #constant(object: Value | undefined): Expression {
    const [name, value] = attributes(object, CLASSES.constant, [
      "name",
      "value",
    ]);
    const known = typeof name === "string"
      ? constants.get(name.toLowerCase())
      : undefined;
    if (typeof name !== "string" || !known || !Object.is(value, known.value)) {
      throw unexpected("a constant");
    }
    return { kind: "constant", name, value: known.value };
  }

  #unary(object: Value | undefined, depth: number): Expression {
    const [sign, operand] = attributes(object, CLASSES.unary, [
      "operator",
      "operand",
    ]);
    const [symbol, callable] = attributes(sign, CLASSES.unaryOperator, [
      "symbol",
      "function",
    ]);
    // Converting other values to strings might never end: lists may be cyclic.
    const operator = typeof symbol === "string"
      ? unaryOperators.get(symbol)
      : undefined;
    if (!operator || !isSame(callable, SIGNS.get(operator.symbol))) {
      throw unexpected("a sign");
    }
    return {
      kind: "unary",
      operator,
      operand: this.build(operand, depth + 1),
    };
  }

  #binary(object: Value | undefined, depth: number): Expression {
    const [left, binary, right] = attributes(object, CLASSES.binary, [
      "left_operand",
      "operator",
      "right_operand",
    ]);
    const [symbol, callable, associativity] = attributes(
      binary,
      CLASSES.binaryOperator,
      ["symbol", "function", "associativity"],
    );
    const operator = typeof symbol === "string"
      ? binaryOperators.get(symbol)
      : undefined;
    const matches = operator &&
      isSame(callable, OPERATORS.get(operator.symbol)) &&
      isAssociativity(associativity, operator);
    if (!matches) throw unexpected("an operator");
    return {
      kind: "binary",
      operator,
      left: this.build(left, depth + 1),
      right: this.build(right, depth + 1),
    };
  }

  #call(object: Value | undefined, depth: number): Expression {
    const [callee, given] = attributes(object, CLASSES.call, [
      "function",
      "args",
    ]);
    const [name, callable] = attributes(callee, CLASSES.function, [
      "name",
      "function",
    ]);
    const called = typeof name === "string"
      ? functions.get(name.toLowerCase())
      : undefined;
    if (
      typeof name !== "string" || !called || !isCallableOf(called, callable)
    ) {
      throw unexpected("a function");
    }
    if (!Array.isArray(given)) throw unexpected("a list of arguments");
    const expressions = given.map((argument) =>
      this.build(argument, depth + 1)
    );
    checkArity(called, expressions);
    return { kind: "call", name, function: called, arguments: expressions };
  }

  #lengthen(length: number): void {
    this.#length += length;
    if (this.#length > MAX_PAYLOAD_LENGTH) {
      throw new ProtocolError(
        `the pickled expression has more than ${MAX_PAYLOAD_LENGTH} characters`,
        "TooLarge",
      );
    }
  }
}

/** The attributes of an instance of a class, which must have exactly these. */
function attributes(
  object: Value | undefined,
  of: Global,
  names: readonly string[],
): (Value | undefined)[] {
  const matches = object instanceof Instance && object.of.path === of.path &&
    object.attributes.size === names.length;
  if (!matches) throw unexpected(`a ${of.name} of ${names.join(", ")}`);
  return names.map((name) => object.attributes.get(name));
}

function isSame(value: Value | undefined, global: Global | undefined): boolean {
  return value instanceof Global && value.path === global?.path;
}

/** Whether a value is the Python function that implements a function. */
function isCallableOf(
  { name }: NamedFunction,
  value: Value | undefined,
): boolean {
  if (name !== "rand") return isSame(value, FUNCTIONS.get(name));
  if (!isCallOf(value, RAND.getattr)) return false;
  const [generator, method] = value.given.items;
  return value.given.items.length === 2 && method === RAND.method &&
    isCallOf(generator, RAND.random) && generator.given.items.length === 0;
}

/**
 * Whether a value is an operator's associativity: by number or, in some
 * versions of Python, by name.
 */
function isAssociativity(
  value: Value | undefined,
  { associativity }: BinaryOperator,
): boolean {
  if (isCallOf(value, RAND.getattr)) {
    const [of, name] = value.given.items;
    return value.given.items.length === 2 &&
      isSame(of, CLASSES.associativity) &&
      typeof name === "string";
  }
  return isCallOf(value, CLASSES.associativity) &&
    value.given.items.length === 1 &&
    value.given.items[0] === ASSOCIATIVITY[associativity];
}

function isCallOf(value: Value | undefined, callee: Global): value is Call {
  return value instanceof Call && isSame(value.callee, callee);
}

/** Throws for a wrong number of arguments, with Python's message where it is known. */
function checkArity(
  { name, arity: [min, max] }: NamedFunction,
  given: readonly Expression[],
): void {
  const [first] = given;
  const count = given.length;
  if (count >= min && count <= max) return;
  let message = `${name}() takes ${min} to ${max} arguments (${count} given)`;
  if (max === Infinity) {
    // Python tries to iterate over a single argument. The type in its message is
    // guessed from the tree, because nothing is evaluated here.
    const isInteger = first?.kind === "literal" &&
      typeof first.value === "bigint";
    message = first
      ? `'${isInteger ? "int" : "float"}' object is not iterable`
      : `${name} expected at least 1 argument, got 0`;
  } else if (max === 1) {
    message = `math.${name}() takes exactly one argument (${count} given)`;
  }
  throw new ExpressionError("WrongArguments", message);
}

function unexpected(expected: string): ProtocolError {
  return new ProtocolError(
    `the pickle must hold a calculator expression: expected ${expected}`,
  );
}
