/** A protocol that a peer speaks by mistake. */
export type ForeignProtocol = "HTTP" | "TLS";

/** How HTTP begins: with a method and a target, with a version, or as HTTP/2 does. */
const HTTP =
  /^(?:(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [/*\w]|HTTP\/\d|PRI \* )/;

/** The type of the TLS record that a client begins with (RFC 8446, section 5.1). */
export const TLS_HANDSHAKE = 22;

/** The type of the TLS record that a server begins with if it cannot go on. */
const TLS_ALERT = 21;

/**
 * The protocol that a connection begins with, if it is known to be another one
 * than ours. Our frames begin with a time stamp; one that could be taken for
 * either protocol would be from the year 1981 or 2014 and before.
 *
 * @param bytes The first bytes that a peer has sent.
 */
export function foreignProtocol(
  bytes: Uint8Array,
): ForeignProtocol | undefined {
  const [type, version] = bytes;
  if ((type === TLS_HANDSHAKE || type === TLS_ALERT) && version === 3) {
    return "TLS";
  }
  const text = String.fromCharCode(...bytes.subarray(0, 9));
  return HTTP.test(text) ? "HTTP" : undefined;
}

/** A client that speaks another protocol. */
export class ForeignProtocolError extends Error {
  /** What it speaks. */
  readonly protocol: ForeignProtocol;

  /** @param protocol What it speaks. */
  constructor(protocol: ForeignProtocol) {
    super(`the client speaks ${protocol}, this port does not`);
    this.protocol = protocol;
  }
}

const BODY =
  "This port speaks the calculator protocol, not HTTP: use its client.\n";

/** What an HTTP client is told. */
export const HTTP_RESPONSE: Uint8Array = new TextEncoder().encode([
  "HTTP/1.1 400 Bad Request",
  "Content-Type: text/plain; charset=utf-8",
  `Content-Length: ${BODY.length}`,
  "Connection: close",
  "",
  BODY,
].join("\r\n"));
