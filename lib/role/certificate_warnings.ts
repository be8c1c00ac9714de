import { X509Certificate } from "node:crypto";
import { printable } from "../terminal/printable.ts";

/**
 * Says which certificates have expired, are not valid yet or cannot be read: a
 * line for each. The others need none.
 *
 * @param pem One certificate or several, in PEM.
 */
export function certificateWarnings(pem: string): string[] {
  const certificates = pem.match(CERTIFICATE) ?? [];
  return certificates.flatMap((text, index) => {
    const warning = faultOf(text);
    return warning ? [`certificate ${index + 1} ${warning}`] : [];
  });
}

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function faultOf(text: string): string | undefined {
  let certificate;
  try {
    certificate = new X509Certificate(text);
  } catch {
    return "cannot be read";
  }
  const name = `(${printable(certificate.subject.replaceAll("\n", ", "))})`;
  const from = new Date(certificate.validFrom);
  const to = new Date(certificate.validTo);
  const now = new Date();
  if (now > to) return `${name} expired on ${inWords(to)}`;
  if (now < from) return `${name} is not valid before ${inWords(from)}`;
}

function inWords(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
