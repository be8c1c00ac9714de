import type { TlsOptions } from "./tls_options.ts";

// A static import would load it even if this module is never evaluated.
const { createPrivateKey, X509Certificate } = process.getBuiltinModule(
  "node:crypto",
);

/** Options that have been checked: most are used for many connections. */
const checked = new WeakSet<TlsOptions>();

/**
 * Checks the options for either end.
 *
 * @throws {TypeError} If one of them cannot be parsed, a certificate has no key or a
 * key has no certificate, they do not match, or an option has an unknown name.
 */
export function checkTls(options: TlsOptions): void {
  if (checked.has(options)) return;
  checkNames(options);
  const { cert, key, caCerts } = options;
  if (cert !== undefined || key !== undefined) {
    if (cert === undefined || key === undefined) {
      throw new TypeError("TLS needs a certificate and its private key");
    }
    const parsed = parsePem("certificate", () => new X509Certificate(cert));
    const privateKey = parsePem("private key", () => createPrivateKey(key));
    if (!parsed.checkPrivateKey(privateKey)) {
      throw new TypeError("The private key does not match the certificate");
    }
  }
  authoritiesOf(caCerts ?? []);
  checked.add(options);
}

/** An option that is misspelt, such as `ca`, would silently be ignored. */
function checkNames(options: TlsOptions): void {
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown === undefined) return;
  const known = [...NAMES].join(", ");
  throw new TypeError(`Unknown TLS option "${unknown}": expected ${known}`);
}

const NAMES: ReadonlySet<string> = new Set<keyof TlsOptions>([
  "cert",
  "key",
  "caCerts",
  "hostname",
]);

/** The certificates of authorities. A PEM may contain several. */
export function authoritiesOf(
  caCerts: readonly string[],
): InstanceType<typeof X509Certificate>[] {
  return caCerts.flatMap((pem) => {
    const found = certificatesIn(pem);
    return (found.length > 0 ? found : [pem]).map((one) =>
      parsePem("CA certificate", () => new X509Certificate(one))
    );
  });
}

/** The certificates in a PEM, each in PEM. */
export function certificatesIn(pem: string): string[] {
  return pem.match(CERTIFICATES) ?? [];
}

const CERTIFICATES =
  /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function parsePem<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`Expected a ${what} in PEM`, { cause });
  }
}
