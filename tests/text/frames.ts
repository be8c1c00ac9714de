import { assertThrows } from "@std/assert";
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
