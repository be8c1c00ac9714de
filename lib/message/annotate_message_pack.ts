import { formatValue } from "../expression/mod.ts";
import { type Header, ProtocolError } from "../protocol/mod.ts";
import { type Annotation, counted } from "./annotation.ts";
import { type Item, items } from "./message_pack_items.ts";

/**
 * Annotates a payload in MessagePack: the header of each item, and the text of a
 * string.
 *
 * @param payload The payload.
 * @param header The header of its frame, which determines what each item is.
 */
export function* annotateMessagePack(
  payload: Uint8Array,
  header: Pick<Header, "type" | "status">,
): Generator<Annotation, void> {
  let end = 0;
  try {
    const place = placesOf(header);
    for (const item of items(payload)) {
      const { at, text } = item;
      end = item.end;
      const length = end - at - (text === "" ? 0 : item.size);
      yield { at, length, field: place(item), value: inWords(payload, item) };
      if (text !== "") {
        yield {
          at: at + length,
          length: item.size,
          field: "text",
          value: text,
        };
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const length = payload.length - end;
    const value = `the payload has ${error.message}`;
    yield { at: end, length, field: "not decoded", value };
  }
}

/**
 * Makes a function that is called with one item after the other, and says what
 * each is in its payload (docs/protocol.md, "Payloads").
 */
function placesOf(
  { type, status }: Pick<Header, "type" | "status">,
): (item: Item) => string {
  /** The arrays and maps around the item, with the number of items seen in each. */
  const around: { readonly isMap: boolean; held: number }[] = [];
  return ({ kind, depth }) => {
    around.length = depth;
    const [outermost] = around;
    const inner = around.at(-1);
    const index = inner ? inner.held++ : 0;
    around.push({ isMap: kind === "a map", held: 0 });
    if (!inner) {
      const isExpression = type === "request" && kind === "a string";
      return isExpression ? "expression" : "payload";
    }
    if (inner.isMap) return index % 2 === 0 ? "key" : "value";
    if (type === "request" || status !== 200) return "item";
    if (depth === 1) return ["result", "steps"][index] ?? "item";
    return depth === 2 && outermost?.held === 2 ? "step" : "item";
  };
}

function inWords(payload: Uint8Array, { kind, at, end, size }: Item): string {
  const name = kind.replace(/^an? /, "");
  switch (kind) {
    case "a string":
    case "binary data":
      return `${name} of ${counted(size, "byte")}`;
    case "an array":
    case "a map":
      return `${name} of ${size.toLocaleString("en")}`;
    case "an integer":
      return `${name} ${integerIn(payload.subarray(at, end))}`;
    case "a boolean":
      return `${name} ${payload[at] === TRUE}`;
    case "a float":
      return `${name} ${formatValue(floatIn(payload.subarray(at, end)))}`;
    default:
      return name;
  }
}

/** First bytes (MessagePack specification, "Formats"). */
const TRUE = 0xc3;
const FIRST_SIGNED = 0xd0;
const FIRST_NEGATIVE = 0xe0;

/** Reads an integer, with each of its digits. */
function integerIn(bytes: Uint8Array): bigint {
  const [first = 0] = bytes;
  if (bytes.length === 1) {
    return BigInt(first < FIRST_NEGATIVE ? first : first - 0x100);
  }
  const unsigned = BigInt(`0x${bytes.subarray(1).toHex()}`);
  const bits = 8 * (bytes.length - 1);
  return first < FIRST_SIGNED ? unsigned : BigInt.asIntN(bits, unsigned);
}

function floatIn({ buffer, byteOffset, length }: Uint8Array): number {
  const view = new DataView(buffer, byteOffset + 1, length - 1);
  return length === 5 ? view.getFloat32(0) : view.getFloat64(0);
}
