/**
 * The flags about TLS. Plain TCP is what happens without them.
 *
 * @module
 */

import type { TlsOptions } from "../net/mod.ts";
import type { Flags } from "./usage.ts";
import { type CommandLine, UsageError } from "./command_line.ts";
import { fileName } from "./flag_values.ts";

/** The flags of a role that may listen with TLS. */
export const certificateFlags: Flags = {
  "tls-cert": {
    takes: "FILE",
    help: "speak TLS: certificate, in PEM, with its chain",
  },
  "tls-key": { takes: "FILE", help: "speak TLS: its private key, in PEM" },
};

/** The flags of a role that may ask with TLS; their names have a prefix where there are others. */
export function trustFlags(prefix = ""): Flags {
  return {
    [`${prefix}tls`]: {
      help: prefix === ""
        ? "connect with TLS"
        : "connect to the server with TLS",
    },
    [`${prefix}ca`]: {
      takes: "FILE",
      help: "with TLS, trust this authority: its certificate, in PEM",
    },
  };
}

/** What to show to clients, or `undefined` where TLS is not spoken. */
export function certificate(
  line: CommandLine,
): TlsOptions & { cert: string } | undefined {
  const cert = line.optional("tls-cert", fileName);
  const key = line.optional("tls-key", fileName);
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError("--tls-cert and --tls-key go together");
  }
  return {
    cert: read("--tls-cert", cert, "CERTIFICATE"),
    key: read("--tls-key", key, "PRIVATE KEY"),
  };
}

/** Whom to trust, or `undefined` where TLS is not spoken. */
export function trust(line: CommandLine, prefix = ""): TlsOptions | undefined {
  const ca = line.optional(`${prefix}ca`, fileName);
  if (!line.has(`${prefix}tls`)) {
    if (ca === undefined) return undefined;
    throw new UsageError(`--${prefix}ca goes with --${prefix}tls`);
  }
  return ca === undefined
    ? {}
    : { caCerts: [read(`--${prefix}ca`, ca, "CERTIFICATE")] };
}

/** Reads what a flag names: a file in PEM with something of a kind in it. */
function read(flag: string, file: string, kind: string): string {
  const pem = readFile(flag, file);
  if (!pem.includes(`${kind}-----`)) {
    throw new Error(`${flag} ${file} has no ${kind} in PEM`);
  }
  return pem;
}

function readFile(flag: string, file: string): string {
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
