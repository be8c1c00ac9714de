import { encodeServerError, formatOf } from "./message/mod.ts";
import { checkTimes } from "./net/check.ts";
import { startTimer, within } from "./net/timer.ts";
import { Frame, type Handler } from "./protocol/mod.ts";

/**
 * Limits how long a handler may take. If it takes longer, the client gets a server
 * error with the name `TimeLimit`, and the signals of the handler's client are
 * aborted. What the handler does afterwards is ignored.
 *
 * A handler that answers synchronously cannot be interrupted.
 *
 * @param handler The handler.
 * @param limit The limit in milliseconds; `Infinity` sets none.
 * @returns The limited handler.
 * @throws {RangeError} If the limit is not a time, at least 1 ms.
 *
 * @example A proxy that answers within a second
 * ```ts
 * import { ask, encodeRequest, proxy, serve, timeLimit } from "@calculator/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using silent = serve({ port: 0 }, () => new Promise(() => {}));
 * const handler = timeLimit(proxy(silent.address), 1000);
 * await using quick = serve({ port: 0 }, handler);
 * assertEquals((await ask(quick.address, encodeRequest("1 + 2"))).status, 500);
 * ```
 */
export function timeLimit(handler: Handler, limit: number): Handler {
  checkTimes({ limit }, 1);
  return (received, client) => {
    // The handler may still use it after the request has been answered.
    const request = received.copy();
    const late = new AbortController();
    const signal = either(client.signal, late.signal);
    const closeSignal = either(client.closeSignal, late.signal);
    const response = handler(request, { ...client, signal, closeSignal });
    if (response instanceof Frame) return response;
    return new Promise((resolve, reject) => {
      const timer = startTimer(() => {
        const message = `No answer ${within(limit)}`;
        resolve(encodeServerError(
          { name: "TimeLimit", message },
          { format: formatOf(request.payload) },
        ));
        late.abort(new DOMException(message, "TimeoutError"));
      }, limit);
      Promise.resolve(response).then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  };
}

/** A signal that is aborted when either of two signals is. */
function either(one: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other;
}
