import {
  encodeClientError,
  encodeServerError,
  formatOf,
} from "../message/mod.ts";
import {
  type Frame,
  FrameReader,
  type Handler,
  ProtocolError,
} from "../protocol/mod.ts";
import { closeOnce } from "./close_once.ts";
import { Outbox } from "./outbox.ts";

/** What a server tells whoever watches it. A client is named as `HOST:PORT`. */
export interface ServeEvents {
  /** A client has connected. */
  connected?: (client: string) => void;
  /** A request has arrived. */
  received?: (request: Frame, client: string) => void;
  /** A response is ready to go out. */
  sending?: (response: Frame, client: string) => void;
  /** The handler has thrown something; the client learns only that it was not its fault. */
  failed?: (error: unknown, client: string) => void;
  /** The connection is closed; with the reason, if it did not end as it should. */
  closed?: (client: string, reason?: unknown) => void;
}

/**
 * Answers one client from its first request to its last, in order: what arrives
 * together is answered in one write.
 *
 * @param tcp The connection. It is closed at the end, if it is not already.
 * @param client Who is at the other end, as `HOST:PORT`.
 * @param handler What answers.
 * @param events Who is told.
 */
export async function converse(
  tcp: Deno.Conn,
  client: string,
  handler: Handler,
  events: ServeEvents,
): Promise<void> {
  const frames = new FrameReader(tcp);
  const outbox = new Outbox(tcp);
  let reason: unknown;
  try {
    events.connected?.(client);
    while (await frames.fill()) {
      for (let request; (request = frames.take()) !== undefined;) {
        events.received?.(request, client);
        let response = respond(request, client, handler, events);
        if (response instanceof Promise) {
          await outbox.flush();
          response = await response;
        }
        events.sending?.(response, client);
        outbox.add(response);
        if (outbox.isFull) await outbox.flush();
      }
      await outbox.flush();
    }
    if (frames.pending > 0) {
      throw new ProtocolError(
        `the connection ended after ${frames.pending} bytes of a frame`,
      );
    }
  } catch (error) {
    reason = error;
    // Only the framing throws it: there is no finding the next frame.
    if (error instanceof ProtocolError) await refuse(tcp, outbox, error);
  } finally {
    closeOnce(tcp);
    events.closed?.(client, reason);
  }
}

function respond(
  request: Frame,
  client: string,
  handler: Handler,
  events: ServeEvents,
): Frame | Promise<Frame> {
  const failed = (error: unknown): Frame => {
    events.failed?.(error, client);
    return encodeServerError(
      { name: "InternalError", message: "Internal server error" },
      { format: formatOf(request.payload) },
    );
  };
  if (request.type !== "request") {
    return encodeClientError(
      new ProtocolError("expected a request: found a response"),
      { cache: false, format: formatOf(request.payload) },
    );
  }
  try {
    const response = handler(request, client);
    return response instanceof Promise ? response.catch(failed) : response;
  } catch (error) {
    return failed(error);
  }
}

/** How long, in milliseconds, a refused client has to read why. */
const LINGER = 1_000;

/**
 * Tells a client why it is refused. Closing while there is input that nobody
 * read would reset the connection and could take the message with it, so the
 * client is given some time to close first.
 */
async function refuse(
  tcp: Deno.Conn,
  outbox: Outbox,
  error: ProtocolError,
): Promise<void> {
  const timer = setTimeout(() => closeOnce(tcp), LINGER);
  try {
    outbox.add(encodeClientError(error, { cache: false }));
    await outbox.flush();
    await tcp.closeWrite();
    const ignored = new Uint8Array(4096);
    while (await tcp.read(ignored) !== null);
  } catch {
    // The client is gone already, or its time is up.
  } finally {
    clearTimeout(timer);
  }
}
