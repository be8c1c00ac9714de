/**
 * The flags for TLS. Without them, connections are plain TCP.
 *
 * @module
 */

import type { TlsOptions } from "../net/mod.ts";
import type { Flags } from "./usage.ts";
import { type CommandLine, UsageError } from "./command_line.ts";
import { fileName } from "./flag_values.ts";

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
  };
}

/** The TLS options for listening, or `undefined` for plain TCP. */
export function certificate(
  line: CommandLine,
): TlsOptions & { cert: string } | undefined {
  const cert = line.optional("tls-cert", fileName);
  const key = line.optional("tls-key", fileName);
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError("--tls-cert and --tls-key must be given together");
  }
  return {
    cert: read("--tls-cert", cert, "CERTIFICATE"),
    key: read("--tls-key", key, "PRIVATE KEY"),
  };
}

/** The TLS options for connecting, or `undefined` for plain TCP. */
export function trust(line: CommandLine, prefix = ""): TlsOptions | undefined {
  const ca = line.optional(`${prefix}ca`, fileName);
  if (!line.has(`${prefix}tls`)) {
    if (ca === undefined) return undefined;
    throw new UsageError(`--${prefix}ca requires --${prefix}tls`);
  }
  return ca === undefined
    ? {}
    : { caCerts: [read(`--${prefix}ca`, ca, "CERTIFICATE")] };
}

/** Reads the PEM file given for a flag. It must contain a block of the given kind. */
export function read(flag: string, file: string, kind: string): string {
  const pem = readFile(flag, file);
  if (!pem.includes(`${kind}-----`)) {
    throw new Error(`${flag} ${file} has no ${kind} in PEM`);
  }
  return pem;
}

export function readFile(flag: string, file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotCapable
      ? "run with -N -R"
      : cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : `${cause instanceof Error ? cause.message : cause}`;
    throw new Error(`cannot read ${flag} ${file}: ${why}`, { cause });
  }
}
