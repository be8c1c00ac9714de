import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../net/tls/check_tls.ts";
import { printable } from "../terminal/printable.ts";

/**
 * Warns of certificates that have expired, are not valid yet or cannot be parsed,
 * one line for each.
 *
 * @param pem One or more certificates in PEM.
 */
export function certificateWarnings(pem: string): string[] {
  return certificatesIn(pem).flatMap((text, index) => {
    const warning = problemWith(text);
    return warning ? [`certificate ${index + 1} ${warning}`] : [];
  });
}

function problemWith(text: string): string | undefined {
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
  if (now > to) return `${name} expired on ${formatDate(to)}`;
  if (now < from) return `${name} is not valid before ${formatDate(from)}`;
}

function formatDate(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
