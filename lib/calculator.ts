import {
  evaluate,
  type Expression,
  ExpressionError,
  formatValue,
  isRandom,
  parse,
  type Vocabulary,
} from "./expression/mod.ts";
import {
  type Caching,
  decodeRequest,
  encodeClientError,
  encodeSuccess,
  formatOf,
  type ResponseOptions,
} from "./message/mod.ts";
import {
  type Frame,
  type Handler,
  MAX_PAYLOAD_LENGTH,
  ProtocolError,
} from "./protocol/mod.ts";

/** Options for {@linkcode calculator}. */
export interface CalculatorOptions extends Caching {
  /**
   * The functions and constants that expressions may name. Calculators with
   * different vocabularies must not share a cache.
   *
   * @default {new Vocabulary()}
   */
  vocabulary?: Vocabulary | undefined;
}

/**
 * Creates the handler of a server: it evaluates the expression of a request.
 *
 * @param options How its responses may be cached, errors included, and which names
 * expressions may use. The cache bit is always off if the expression calls a random
 * function or the payload does not decode.
 * @returns The handler. It answers in the format of the request, with status 400
 * for an error in the request.
 * @throws {RangeError} If `maxAge` is not a whole number from 0 to 65,534 or `Infinity`.
 *
 * @example Usage
 * ```ts
 * import { calculator, decodeResponse, encodeRequest } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = calculator({ maxAge: 3600 });
 * const response = await handler(encodeRequest("1 / 3"), { id: 1, address: "127.0.0.1:64031" });
 * assertEquals(response.maxAge, 3600);
 * assertEquals(decodeResponse(response), {
 *   result: "0.3333333333333333",
 *   steps: ["1 / 3", "0.3333333333333333"],
 * });
 * ```
 */
export function calculator(
  { vocabulary, cache = true, maxAge }: CalculatorOptions = {},
): Handler {
  // Otherwise a wrong max-age would make each request fail.
  encodeSuccess({ result: "", steps: [] }, { maxAge });
  return (request) => {
    let options = { cache, maxAge, format: formatOf(request.payload) };
    let source: string | undefined;
    try {
      source = decodeRequest(request);
      const expression = parse(source, vocabulary);
      if (isRandom(expression)) options = { ...options, cache: false };
      return answer(expression, request.steps, options);
    } catch (error) {
      if (error instanceof ExpressionError) {
        return encodeClientError(error, options);
      }
      if (error instanceof ProtocolError) {
        // A payload that does not decode is not worth a place in a cache.
        if (source === undefined) options = { ...options, cache: false };
        return encodeClientError(error, options);
      }
      throw error;
    }
  };
}

function answer(
  expression: Expression,
  wantsSteps: boolean,
  options: ResponseOptions,
): Frame {
  const { value, steps } = evaluate(expression, {
    steps: wantsSteps,
    maxStepsLength: MAX_PAYLOAD_LENGTH,
  });
  return encodeSuccess({ result: formatValue(value), steps }, options);
}
