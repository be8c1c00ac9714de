/**
 * The flags for TLS. Without them, connections are plain TCP.
 *
 * @module
 */

import type { TlsOptions } from "../net/mod.ts";
// Evaluated on first use: most runs do not need TLS.
import defer * as tls from "../net/tls/check_tls.ts";
import type { Flags } from "./usage.ts";
import { type CommandLine, UsageError } from "./command_line.ts";
import { fileName } from "./flag_values.ts";
import { readPem } from "./read_file.ts";

/** The flags of a program that can listen with TLS. */
export const certificateFlags: Flags = {
  "tls-cert": {
    takes: "FILE",
    help: "listen with TLS: certificate chain, in PEM",
  },
  "tls-key": {
    takes: "FILE",
    help: "private key of the certificate, in PEM",
  },
  "client-ca": {
    takes: "FILE",
    help: "serve only clients with a certificate from this authority",
  },
};

/**
 * The flags of a program that can connect with TLS. A prefix keeps their names
 * distinct.
 */
export function trustFlags(prefix = ""): Flags {
  return {
    [`${prefix}tls`]: {
      help: prefix === ""
        ? "connect with TLS"
        : "connect to the server with TLS",
    },
    [`${prefix}ca`]: {
      takes: "FILE",
      help: "with TLS: certificate authority to trust, in PEM",
    },
    [`${prefix}cert`]: {
      takes: "FILE",
      help: prefix === ""
        ? "with TLS: client certificate, in PEM"
        : "with TLS: client certificate of the proxy, in PEM",
    },
    [`${prefix}key`]: {
      takes: "FILE",
      help: "private key of that certificate, in PEM",
    },
  };
}

/** The TLS options for listening, or `undefined` for plain TCP. */
export function certificate(
  line: CommandLine,
): TlsOptions & { cert: string } | undefined {
  const cert = line.optional("tls-cert", fileName);
  const key = line.optional("tls-key", fileName);
  const ca = line.optional("client-ca", fileName);
  if (cert === undefined && key === undefined) {
    if (ca === undefined) return undefined;
    throw new UsageError("--client-ca requires --tls-cert and --tls-key");
  }
  const pair = readPair("tls-", cert, key);
  if (ca === undefined) return pair;
  return { ...pair, caCerts: [readAuthorities("client-ca", ca)] };
}

/** The TLS options for connecting, or `undefined` for plain TCP. */
export function trust(line: CommandLine, prefix = ""): TlsOptions | undefined {
  const ca = line.optional(`${prefix}ca`, fileName);
  const cert = line.optional(`${prefix}cert`, fileName);
  const key = line.optional(`${prefix}key`, fileName);
  if (!line.has(`${prefix}tls`)) {
    const given = Object.entries({ ca, cert, key })
      .find(([, file]) => file !== undefined);
    if (!given) return undefined;
    throw new UsageError(`--${prefix}${given[0]} requires --${prefix}tls`);
  }
  const hasPair = cert !== undefined || key !== undefined;
  return {
    ...(ca !== undefined && { caCerts: [readAuthorities(`${prefix}ca`, ca)] }),
    ...(hasPair && readPair(prefix, cert, key)),
  };
}

/** Reads a certificate and its key, each given by a flag. */
function readPair(
  prefix: string,
  cert: string | undefined,
  key: string | undefined,
): { cert: string; key: string } {
  const [certFlag, keyFlag] = [`--${prefix}cert`, `--${prefix}key`];
  if (cert === undefined || key === undefined) {
    throw new UsageError(`${certFlag} and ${keyFlag} must be given together`);
  }
  const pair = {
    cert: readPem(certFlag, cert, "CERTIFICATE"),
    key: readPem(keyFlag, key, "PRIVATE KEY"),
  };
  check(pair, `${certFlag} ${cert} and ${keyFlag} ${key}`);
  return pair;
}

function readAuthorities(flag: string, file: string): string {
  const pem = readPem(`--${flag}`, file, "CERTIFICATE");
  check({ caCerts: [pem] }, `--${flag} ${file}`);
  return pem;
}

function check(options: TlsOptions, where: string): void {
  try {
    tls.checkTls(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(`${where}: ${why}`, { cause });
  }
}
