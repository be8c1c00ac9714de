import { ProtocolError } from "../protocol/mod.ts";

/** Another protocol that a peer may speak by mistake. */
export type ForeignProtocol = "HTTP" | "TLS";

/**
 * Matches the start of HTTP: a version, or a method and a target. Methods are any
 * that are registered, such as PROPFIND, and the PRI of HTTP/2.
 */
const HTTP = /^(?:[A-Z]{3,10} [/*\w]|HTTP\/\d)/;

/** How many bytes the start of HTTP takes at most. */
const HTTP_START = 12;

/** The type of the first TLS record of a client (RFC 8446, section 5.1). */
export const TLS_HANDSHAKE = 22;

/** The type of the first TLS record of a server that rejects the handshake. */
const TLS_ALERT = 21;

/** The first message in such a record (RFC 8446, section 4). */
const CLIENT_HELLO = 1;

/**
 * Detects HTTP or TLS in the first bytes of a connection. Our frames begin with a
 * time stamp: one that looks like HTTP is from January 2018 or earlier, and one that
 * looks like TLS is from one of a few minutes in 1981 and has an unlikely length.
 *
 * @param bytes The first bytes that a peer has sent.
 */
export function foreignProtocol(
  bytes: Uint8Array,
): ForeignProtocol | undefined {
  if (isTls(bytes)) return "TLS";
  const text = String.fromCharCode(...bytes.subarray(0, HTTP_START));
  return HTTP.test(text) ? "HTTP" : undefined;
}

/** Whether bytes begin with a ClientHello, or with an alert of two bytes. */
function isTls([type, major, minor, high, low, first]: Uint8Array): boolean {
  if (major !== 3 || minor === undefined || minor > 4) return false;
  return type === TLS_HANDSHAKE
    ? first === CLIENT_HELLO
    : type === TLS_ALERT && high === 0 && low === 2;
}

/** Reports a client that speaks another protocol. */
export class ForeignProtocolError extends ProtocolError {
  /** The protocol that the client speaks. */
  readonly protocol: ForeignProtocol;

  /** @param protocol The protocol that the client speaks. */
  constructor(protocol: ForeignProtocol) {
    super(`the client speaks ${protocol}, this port does not`);
    this.protocol = protocol;
  }
}

const BODY =
  "This port speaks the calculator protocol, not HTTP: use its client.\n";

/** The response to an HTTP client. */
export const HTTP_RESPONSE: Uint8Array = new TextEncoder().encode([
  "HTTP/1.1 400 Bad Request",
  "Content-Type: text/plain; charset=utf-8",
  `Content-Length: ${BODY.length}`,
  "Connection: close",
  "",
  BODY,
].join("\r\n"));
