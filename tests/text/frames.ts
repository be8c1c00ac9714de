import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeResponse, RemoteError } from "../../lib/message/mod.ts";
import { Frame, type Header } from "../../lib/protocol/mod.ts";

/** A request by default, with steps, that accepts any cached answer. */
export function frameOf(header: Partial<Header>, payload: Uint8Array): Frame {
  return Frame.from({
    timeStamp: Math.floor(Date.now() / 1000),
    type: "request",
    cache: true,
    steps: true,
    status: 0,
    maxAge: Infinity,
    ...header,
  }, payload);
}

/** The error that a response reports. */
export function errorIn(response: Frame): RemoteError {
  return assertThrows(() => decodeResponse(response), RemoteError);
}

/** Checks that a response is a `ProtocolError` that may not be cached. */
export function assertRefused(response: Frame | undefined, what: string): void {
  assert(response, what);
  const { status, cache, maxAge, steps } = response;
  assertEquals([status, cache, maxAge, steps], [400, false, 0, false], what);
  assertEquals(errorIn(response).name, "ProtocolError", what);
}
