import type { Answer } from "./payload_format.ts";

const utf8 = new TextEncoder();

/**
 * Writes an answer in MessagePack as `@std/msgpack` would, if it is short enough
 * and all ASCII, as the calculator's own are. The package goes into the runtime
 * for each string, which costs more than most calculations; here all of it is
 * encoded at once, with room left for the headers.
 *
 * @returns The payload, or `undefined` for any other answer.
 */
export function encodeAsciiAnswer(
  { result, steps }: Answer,
): Uint8Array | undefined {
  const headers: [at: number, header: readonly number[]][] = [];
  let text = "";
  const add = (header: readonly number[], string = "") => {
    headers.push([text.length, header]);
    text += "\0".repeat(header.length) + string;
  };
  if ([result, ...steps].some(({ length }) => length > MOST)) return undefined;
  if (steps.length > MOST) return undefined;
  add(arrayHeader(2));
  add(stringHeader(result.length), result);
  add(arrayHeader(steps.length));
  for (const step of steps) add(stringHeader(step.length), step);
  const payload = utf8.encode(text);
  if (payload.length !== text.length) return undefined;
  for (const [at, header] of headers) payload.set(header, at);
  return payload;
}

/** What a length of 16 bits can say. */
const MOST = 0xffff;

/** MessagePack specification, "array format family". */
function arrayHeader(length: number): readonly number[] {
  return length < 16 ? [0x90 | length] : [0xdc, length >> 8, length & 0xff];
}

/** MessagePack specification, "str format family". */
function stringHeader(length: number): readonly number[] {
  if (length < 32) return [0xa0 | length];
  if (length < 256) return [0xd9, length];
  return [0xda, length >> 8, length & 0xff];
}
