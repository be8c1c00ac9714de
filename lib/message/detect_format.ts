import { messagePack } from "./message_pack.ts";
import type { PayloadFormat } from "./payload_format.ts";
import { pickle } from "./pickle/pickle.ts";

/** The first byte of every pickle, and of none of our MessagePack payloads. */
const PICKLE = 0x80;

/**
 * Detects the format of a payload by its first byte.
 *
 * @param payload The payload of a request or a response.
 * @returns The format to decode it with, and to answer in.
 *
 * @example Usage
 * ```ts
 * import { encodeRequest } from "@calculator/tcp";
 * import { formatOf, pickle } from "@calculator/tcp/message";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const { payload } = encodeRequest("1 + 2", { format: pickle });
 * assertStrictEquals(formatOf(payload), pickle);
 * ```
 */
export function formatOf(payload: Uint8Array): PayloadFormat {
  return payload[0] === PICKLE ? pickle : messagePack;
}
