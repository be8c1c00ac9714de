import { type Address, formatAddress, type TlsOptions } from "../net/mod.ts";

/** Warns, on standard error, if others can send requests to an address. */
export function warnOfExposure(
  address: Address,
  tls: TlsOptions | undefined,
): void {
  if (isLoopback(address.hostname) || tls?.caCerts) return;
  const all = `everyone who can reach ${
    formatAddress(address)
  } can send requests`;
  console.error(
    tls
      ? `Warning: ${all}: use --client-ca.`
      : `Warning: ${all}, and traffic is neither encrypted nor protected against tampering: use --tls-cert, --tls-key and --client-ca.`,
  );
}

/** Warns, on standard error, of invalid certificates. */
export async function warnOfCertificate(
  tls: TlsOptions | undefined,
): Promise<void> {
  if (tls?.cert === undefined) return;
  // Loaded lazily: most roles do not use TLS.
  const { certificateWarnings } = await import("./certificate_warnings.ts");
  const files = {
    "--tls-cert": tls.cert,
    "--client-ca": tls.caCerts?.join(""),
  };
  for (const [flag, pem = ""] of Object.entries(files)) {
    for (const warning of certificateWarnings(pem)) {
      console.error(`Warning: ${flag}: ${warning}.`);
    }
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || hostname.startsWith("127.");
}
