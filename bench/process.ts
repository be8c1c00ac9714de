/**
 * Who is put under load. All of them are quiet, as what the log costs would be
 * measured with them.
 *
 * @module
 */

import { formatAddress } from "../lib/net/mod.ts";
import type { Certified } from "../tools/harness/certificate.ts";
import { RoleProcess } from "../tools/harness/role_process.ts";

/** Starts the server. */
export function startServer(...args: string[]): Promise<RoleProcess> {
  return RoleProcess.startQuiet("server", args);
}

/** Starts a proxy that asks a server. */
export function startProxy(
  server: RoleProcess,
  ...args: string[]
): Promise<RoleProcess> {
  const address = formatAddress(server.address);
  return RoleProcess.startQuiet("proxy", ["-s", address, ...args]);
}

/** Starts a proxy that speaks TLS with its clients. */
export function startTlsProxy(
  server: RoleProcess,
  { files }: Certified,
): Promise<RoleProcess> {
  const address = formatAddress(server.address);
  const tls = ["--tls-cert", files.cert, "--tls-key", files.key];
  const permissions = ["-N", "-R"];
  return RoleProcess.startQuiet("proxy", ["-s", address, ...tls], {
    permissions,
  });
}

/** Starts the echo, with responses of a length. */
export function startEcho(length: number): Promise<RoleProcess> {
  return RoleProcess.startQuiet("bench/echo", ["-l", `${length}`]);
}
