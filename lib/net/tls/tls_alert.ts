/**
 * What a TLS alert from a peer says about our certificate, or `undefined` if the
 * error is not such an alert. In TLS 1.3, it arrives only after connecting has
 * succeeded (RFC 8446, section 4.4.2.4 and 6.2).
 *
 * @param error An error of `node:tls`.
 */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const [, alert = ""] = /_ALERT_(\w+)$/.exec(`${error.code}`) ?? [];
  return REFUSALS.get(alert);
}

/** The alerts by which a peer refuses a certificate, by their names in OpenSSL. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  [
    "CERTIFICATE_REQUIRED",
    "requires a client certificate: connect with one and its key",
  ],
  // In TLS 1.2, there is no alert for a missing certificate.
  [
    "HANDSHAKE_FAILURE",
    "refused the TLS handshake: it may require a client certificate",
  ],
  ["CERTIFICATE_EXPIRED", "refused this client's certificate: it has expired"],
  [
    "UNKNOWN_CA",
    "refused this client's certificate: its authority is not trusted, or its chain is incomplete",
  ],
  [
    "UNSUPPORTED_CERTIFICATE",
    "refused this client's certificate: it is not meant for clients",
  ],
  ["CERTIFICATE_REVOKED", "refused this client's certificate: it is revoked"],
  ["BAD_CERTIFICATE", "refused this client's certificate: it is not valid"],
  ["CERTIFICATE_UNKNOWN", "refused this client's certificate"],
  ["ACCESS_DENIED", "refused this client's certificate"],
]);
