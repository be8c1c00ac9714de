import {
  ExpressionError,
  format,
  formatValue,
  parse,
  parseValue,
} from "../../expression/mod.ts";
import { MAX_PAYLOAD_LENGTH, ProtocolError } from "../../protocol/mod.ts";
import type { Answer, ErrorReport, PayloadFormat } from "../payload_format.ts";
import { fromPython } from "./objects_to_expression.ts";
import {
  CLIENT_ERROR,
  EXCEPTIONS,
  isKnown,
  SERVER_ERROR,
} from "./python_names.ts";
import { inPythonWords } from "./python_words.ts";
import { readPickle } from "./pickle_reader.ts";
import { toPython } from "./expression_to_objects.ts";
import { Call, type Global, Tuple, type Value } from "./pickle_values.ts";
import { writePickle } from "./pickle_writer.ts";

/**
 * Payloads as Python pickles, for clients and servers of the reference
 * (docs/protocol.md, pickles-9). A pickle is read as data: nothing that it names
 * is ever imported, called or instantiated.
 *
 * @example Usage
 * ```ts
 * import { calculator, decodeResponse, encodeRequest } from "@calculator/tcp";
 * import { pickle } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const request = encodeRequest("max(2, 3) + 3", { format: pickle });
 * assertEquals(request.bytes.length, 376);
 * const response = await calculator()(request, { id: 1, address: "127.0.0.1:64033" });
 * assertEquals(response.bytes.length, 60);
 * assertEquals(decodeResponse(response).result, "6");
 * ```
 */
export const pickle: PayloadFormat = Object.freeze<PayloadFormat>({
  encodeExpression: (expression) => writePickle(toPython(parse(expression))),

  decodeExpression: (payload) => format(fromPython(read(payload))),

  encodeAnswer({ result, steps }) {
    const value = parseValue(result);
    if (value === undefined) {
      throw new ProtocolError(
        `the result of an answer must be a number: found ${result}`,
      );
    }
    return writePickle(new Tuple([value, [...steps]]));
  },

  decodeAnswer(payload): Answer {
    const value = readResponse(payload);
    const [result, steps] = value instanceof Tuple ? value.items : [];
    if (
      (typeof result === "bigint" || typeof result === "number") &&
      Array.isArray(steps) && isStrings(steps) && fits(steps)
    ) {
      return { result: formatValue(result), steps };
    }
    throw new ProtocolError(
      "the pickle must hold a number and a list of strings",
    );
  },

  encodeReport: (report) => writePickle(toException(report)),

  decodeReport(payload): ErrorReport {
    const value = readResponse(payload);
    if (value instanceof Call) return fromException(value);
    throw new ProtocolError("the pickle must hold an exception");
  },
});

function read(payload: Uint8Array): Value {
  return readPickle(payload, isKnown);
}

/** Reads a response, in which a huge integer is a protocol error. */
function readResponse(payload: Uint8Array): Value {
  try {
    return read(payload);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ProtocolError(`the pickle cannot be read: ${error.message}`);
  }
}

/** Whether texts fit in a frame: a pickle can repeat a long text in a few bytes. */
function fits(texts: readonly string[]): boolean {
  return texts.reduce((length, text) => length + text.length, 0) <=
    MAX_PAYLOAD_LENGTH;
}

function isStrings(values: Value[]): values is string[] {
  return values.every((value) => typeof value === "string");
}

/** Our wording, and that of the reference. */
const IN_CACHE = {
  ours: "in the cache or was stale",
  theirs: "in the cache/it was stale",
} as const;

/** The `OverflowError` of a power includes the system's error number. */
const ERANGE = 34n;

function toException({ name, message }: ErrorReport): Call {
  if (name === "ProxyError") {
    const [outer = "", ...inner] = message
      .replace(IN_CACHE.ours, IN_CACHE.theirs).split(": ");
    const cause = raise(SERVER_ERROR, inner.join(": "));
    return raise(SERVER_ERROR, outer, cause);
  }
  if (name === "InternalError") return raise(SERVER_ERROR, message);
  const exception = EXCEPTIONS.get(name) ?? CLIENT_ERROR;
  const words = inPythonWords(message);
  return words === "Numerical result out of range"
    ? raise(exception, ERANGE, words)
    : raise(exception, words);
}

function raise(exception: Global, ...given: Value[]): Call {
  return new Call(exception, new Tuple(given));
}

/** The maximum number of arguments of an exception: more than the reference passes. */
const MAX_ARGUMENTS = 4;

function fromException({ callee, given }: Call): ErrorReport {
  const messages = given.items.length <= MAX_ARGUMENTS
    ? given.items.flatMap((item) => messageOf(item))
    : [];
  if (messages.length === 0 || !fits(messages)) {
    throw new ProtocolError("the pickle must hold an exception with a message");
  }
  const message = messages.join(": ");
  if (callee.path === SERVER_ERROR.path) {
    const name = given.items.length > 1 ? "ProxyError" : "InternalError";
    return { name, message };
  }
  for (const [name, { path }] of EXCEPTIONS) {
    if (path === callee.path) return { name, message };
  }
  if (callee.path === CLIENT_ERROR.path) {
    return { name: "ProtocolError", message };
  }
  throw new ProtocolError("the pickle must hold an exception");
}

/** The message of an exception or of its cause. Error numbers are skipped. */
function messageOf(value: Value): string[] {
  if (typeof value === "string") return [value];
  const cause = value instanceof Call ? value.given.items : [];
  if (cause.length > MAX_ARGUMENTS) return [];
  return cause.filter((item) => typeof item === "string");
}
