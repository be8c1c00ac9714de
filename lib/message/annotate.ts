import { type Frame, HEADER_LENGTH } from "../protocol/mod.ts";
import { annotateMessagePack } from "./annotate_message_pack.ts";
import { type Annotation, counted } from "./annotation.ts";
import { formatOf } from "./detect_format.ts";
import { annotatePickle } from "./pickle/annotate_pickle.ts";
import { pickle } from "./pickle/pickle.ts";

/**
 * Puts the bytes of a frame into words: the header field by field, then
 * the payload, MessagePack item by item and a pickle opcode by opcode. Any frame
 * can be annotated: bytes that do not decode are annotated as such.
 *
 * @param frame The frame. It must not change until the last annotation is taken.
 * @returns The annotations, in the order of their bytes. They are made one by
 * one, so that the beginning of a long frame costs little.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { annotate } from "@calculator/tcp/message";
 * import { assertEquals } from "@std/assert";
 *
 * const annotations = [...annotate(encodeRequest("1 + 2", { maxAge: 60 }))];
 * const maxAge = annotations.find(({ field }) => field === "max-age");
 * assertEquals(maxAge, { at: 8, length: 2, field: "max-age", value: "60 s" });
 * assertEquals(annotations.slice(-2), [
 *   { at: 12, length: 1, field: "expression", value: "string of 5 bytes" },
 *   { at: 13, length: 5, field: "text", value: "1 + 2" },
 * ]);
 * ```
 */
export function* annotate(frame: Frame): Generator<Annotation, void> {
  for (const [at, length, field, value] of header(frame)) {
    yield { at, length, field, value };
  }
  for (const annotation of payload(frame)) {
    yield { ...annotation, at: HEADER_LENGTH + annotation.at };
  }
}

type Field = readonly [at: number, length: number, name: string, value: string];

/** The fields of the header (docs/protocol.md, "Header"). */
function header(frame: Frame): Field[] {
  const { bytes, type, cache, steps, timeStamp, status } = frame;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_LENGTH);
  const time = new Date(1000 * timeStamp).toISOString().replace(".000Z", "Z");
  const reserved = bits(view.getUint8(6) >> 5, 3);
  const maxAge = view.getUint16(8);
  const padding = view.getUint16(10);
  const isRequest = type === "request";
  return [
    [0, 4, "time stamp", `${timeStamp.toLocaleString("en")} (${time})`],
    [4, 2, "length", counted(bytes.length, "byte")],
    [6, 1, "reserved", reserved + ignoredIf(reserved !== "000")],
    [6, 1, "cache", cache ? "1 (may be cached)" : "0 (must not be cached)"],
    [6, 1, "steps", `${steps ? 1 : 0} (${STEPS[type][steps ? 1 : 0]})`],
    [6, 1, "type", isRequest ? "1 (a request)" : "0 (a response)"],
    [6, 2, "status", inWords(status) + ignoredIf(isRequest && status > 0)],
    [8, 2, "max-age", seconds(maxAge) + ignoredIf(!cache && maxAge > 0)],
    [10, 2, "padding", padding + ignoredIf(padding > 0)],
  ];
}

const STEPS = {
  request: ["leave them out", "include them"],
  response: ["none", "included"],
} as const;

function ignoredIf(isIgnored: boolean): string {
  return isIgnored ? " (ignored)" : "";
}

function bits(value: number, count: number): string {
  return value.toString(2).padStart(count, "0");
}

/** A status with its bits, which are spread over two bytes. */
function inWords(status: number): string {
  const kind = status === 200
    ? " (success)"
    : status >= 400 && status < 500
    ? " (client error)"
    : status >= 500 && status < 600
    ? " (server error)"
    : "";
  return `${bits(status >> 8, 2)} ${bits(status & 0xff, 8)} = ${status}${kind}`;
}

function seconds(maxAge: number): string {
  return maxAge === 65_535 ? "no limit" : `${maxAge.toLocaleString("en")} s`;
}

/** The annotations of a payload, with positions counted from its start. */
function payload(frame: Frame): Iterable<Annotation> {
  const { payload } = frame;
  if (payload.length === 0) {
    return [{ at: 0, length: 0, field: "payload", value: "empty" }];
  }
  return formatOf(payload) === pickle
    ? annotatePickle(payload)
    : annotateMessagePack(payload, frame);
}
