/** Another protocol that a peer may speak by mistake. */
export type ForeignProtocol = "HTTP" | "TLS";

/** Matches the start of HTTP: a method and a target, a version, or the HTTP/2 preface. */
const HTTP =
  /^(?:(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [/*\w]|HTTP\/\d|PRI \* )/;

/** The type of the first TLS record of a client (RFC 8446, section 5.1). */
export const TLS_HANDSHAKE = 22;

/** The type of the first TLS record of a server that rejects the handshake. */
const TLS_ALERT = 21;

/**
 * Detects HTTP or TLS in the first bytes of a connection. Our frames begin with a
 * time stamp, and only time stamps of 2014 or earlier look like either protocol.
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

/** Reports a client that speaks another protocol. */
export class ForeignProtocolError extends Error {
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
