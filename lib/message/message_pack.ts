import { decode } from "@std/msgpack/decode";
import { encode } from "@std/msgpack/encode";
import { ProtocolError } from "../protocol/mod.ts";
import { encodeAsciiAnswer } from "./message_pack_answer.ts";
import {
  firstKind,
  type Item,
  items,
  type Kind,
} from "./message_pack_items.ts";
import type { Answer, ErrorReport, PayloadFormat } from "./payload_format.ts";

const EXPRESSION = "an expression as a MessagePack string";
const ANSWER = "[result, [step, …]] in MessagePack, all strings";
const REPORT = "{name, message} in MessagePack, both strings";

/**
 * Payloads in MessagePack (docs/protocol.md, "Payloads").
 *
 * @example Usage
 * ```ts
 * import { messagePack } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = messagePack.encodeAnswer({ result: "3", steps: ["1 + 2", "3"] });
 * assertEquals(payload.length, 12);
 * assertEquals(messagePack.decodeAnswer(payload).result, "3");
 * ```
 */
export const messagePack: PayloadFormat = Object.freeze<PayloadFormat>({
  // UTF-8 has no lone surrogates, but some encoders write them.
  encodeExpression: (expression) => encode(expression.toWellFormed()),

  decodeExpression: (payload) =>
    read(payload, "a string", EXPRESSION)[0]?.text ?? "",

  encodeAnswer: (answer) =>
    encodeAsciiAnswer(answer) ??
      encode([
        answer.result.toWellFormed(),
        answer.steps.map((step) => step.toWellFormed()),
      ]),

  decodeAnswer(payload): Answer {
    const [whole, result, list, ...steps] = read(payload, "an array", ANSWER);
    if (whole?.size !== 2) {
      throw unexpected(ANSWER, `an array of ${whole?.size}`);
    }
    check(result, "a string", ANSWER, "the result");
    check(list, "an array", ANSWER, "the steps");
    steps.forEach((step, index) =>
      check(step, "a string", ANSWER, `step ${index + 1}`)
    );
    return {
      result: result?.text ?? "",
      steps: steps.map(({ text }) => text),
    };
  },

  encodeReport({ name, message, position }) {
    const texts = {
      name: name.toWellFormed(),
      message: message.toWellFormed(),
    };
    return encode(position === undefined ? texts : { ...texts, position });
  },

  decodeReport(payload): ErrorReport {
    const entries = entriesOf(read(payload, "a map", REPORT));
    const name = entries.get("name");
    const message = entries.get("message");
    check(name, "a string", REPORT, "the name");
    check(message, "a string", REPORT, "the message");
    const report = { name: name?.text ?? "", message: message?.text ?? "" };
    const position = positionOf(payload, entries.get("position"));
    return position === undefined ? report : { ...report, position };
  },
});

/**
 * Reads the items of a payload. If the first item is not of the expected kind, it
 * reads no further, because the input is untrusted.
 */
function read(payload: Uint8Array, kind: Kind, expected: string): Item[] {
  const found = firstKind(payload);
  if (found !== kind) throw unexpected(expected, found);
  try {
    return [...items(payload)];
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unexpected(expected, error.message);
  }
}

/** The entries of a map that have string keys. Of duplicate keys, the last wins. */
function entriesOf(map: readonly Item[]): Map<string, Item> {
  const keysAndValues = map.filter(({ depth }) => depth === 1);
  const entries = new Map<string, Item>();
  keysAndValues.forEach((value, index) => {
    const key = keysAndValues[index - 1];
    if (index % 2 === 1 && key?.kind === "a string") {
      entries.set(key.text, value);
    }
  });
  return entries;
}

/** Reads the position of an error, if the item is a valid one. */
function positionOf(payload: Uint8Array, item?: Item): number | undefined {
  if (item?.kind !== "an integer") return undefined;
  // A 64-bit integer may be decoded as a bigint.
  const position = Number(decode(payload.subarray(item.at, item.end)));
  return Number.isSafeInteger(position) && position >= 0 ? position : undefined;
}

/** Throws if an item is not of the expected kind. */
function check(
  item: Item | undefined,
  kind: Kind,
  expected: string,
  what: string,
): void {
  if (item?.kind === kind) return;
  throw unexpected(expected, `${item?.kind ?? "nothing"} as ${what}`);
}

function unexpected(expected: string, found = "nothing"): ProtocolError {
  return new ProtocolError(`the payload must be ${expected}: found ${found}`);
}
