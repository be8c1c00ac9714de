import type { Frame } from "../protocol/mod.ts";

/** One character for each byte, so that different payloads have different keys. */
const latin1 = new TextDecoder("latin1");

/** Requests that ask for the same thing have the same data and the same steps bit. */
export function keyOf(request: Frame): string {
  return `${request.steps ? "+" : "-"}${latin1.decode(request.payload)}`;
}
