/**
 * What frames say, for logs: of a payload that does not decode, its first bytes.
 *
 * @module
 */

import { decodeRequest, decodeResponse, RemoteError } from "../message/mod.ts";
import type { Frame } from "../protocol/mod.ts";

/** How many bytes of a payload stand for it. */
const FIRST_BYTES = 8;

/** The expression of a request, or `undefined` if it does not decode. */
export function expressionOf(request: Frame): string | undefined {
  try {
    return decodeRequest(request);
  } catch {
    return undefined;
  }
}

/** The first bytes of a payload in hex, such as `93 01 02`. */
export function firstBytes({ payload }: Frame): string {
  const shown = payload.subarray(0, FIRST_BYTES).toHex().replace(
    /..\B/g,
    "$& ",
  );
  return payload.length > FIRST_BYTES ? `${shown} …` : shown;
}

/** The name of the error that a response reports, if it does. */
export function errorNameOf(response: Frame): string | undefined {
  if (response.status < 400) return undefined;
  try {
    decodeResponse(response);
  } catch (error) {
    return error instanceof RemoteError ? error.name : undefined;
  }
}
