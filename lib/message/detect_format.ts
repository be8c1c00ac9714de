import { messagePack } from "./message_pack.ts";
import type { PayloadFormat } from "./payload_format.ts";
import { pickle } from "./pickle/pickle.ts";

/** What every pickle begins with, and no payload of ours in MessagePack. */
const PICKLE = 0x80;

/**
 * Tells how a payload is written, by its first byte.
 *
 * @param payload A request's or a response's.
 * @returns The format to read it with, and to answer in.
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
