import type { X509Certificate } from "node:crypto";

/** Reports a client that a server does not trust; the message says why. */
export class UntrustedClientError extends Error {}

/**
 * The name of a client: in the subject alternative names of its certificate, the
 * first DNS name, URI or email address; otherwise the common name of its subject;
 * otherwise the SHA-256 fingerprint of the certificate.
 *
 * @param certificate The certificate, which has been verified.
 */
export function identityOf(certificate: X509Certificate): string {
  const { subjectAltName, fingerprint256 } = certificate;
  // The subject as text does not escape line breaks.
  const { CN } = certificate.toLegacyObject().subject;
  // There may be several.
  const [commonName] = [CN].flat();
  return NAME.exec(subjectAltName ?? "")?.[1] ?? commonName ?? fingerprint256;
}

/** A directory name may contain anything, so what follows one is not trusted. */
const NAME =
  /^(?:IP Address:[\da-f.:]+, )*(?:DNS|URI|email):(.+?)(?=, [A-Za-z ]+:|$)/i;

/**
 * Why a client is not trusted. This only explains a decision that the TLS library
 * has made.
 *
 * @param certificate The certificate of the client, if it has sent one.
 */
export function whyUntrusted(certificate: X509Certificate | undefined): string {
  if (!certificate) return "a client certificate is required";
  const now = Date.now();
  const whose = "the client's certificate";
  if (now > Date.parse(certificate.validTo)) return `${whose} has expired`;
  if (now < Date.parse(certificate.validFrom)) {
    return `${whose} is not valid yet`;
  }
  if (certificate.ca) return `${whose} is that of an authority`;
  if (isForServersOnly(certificate)) return `${whose} is not meant for clients`;
  return `${whose} was not issued by a trusted authority, or its chain is incomplete`;
}

/** The object identifiers of an extended key usage (RFC 5280, section 4.2.1.12). */
const SERVER_AUTH = "06082b06010505070301";
const CLIENT_AUTH = "06082b06010505070302";

function isForServersOnly({ raw }: X509Certificate): boolean {
  const der = raw.toString("hex");
  return der.includes(SERVER_AUTH) && !der.includes(CLIENT_AUTH);
}
