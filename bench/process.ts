/**
 * Starts the processes under load, without a log, whose cost would be included.
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

/** Starts a proxy in front of a server. */
export function startProxy(
  server: RoleProcess,
  ...args: string[]
): Promise<RoleProcess> {
  const address = formatAddress(server.address);
  return RoleProcess.startQuiet("proxy", ["-s", address, ...args]);
}

/** Starts a proxy that listens with TLS. */
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

/** Starts the echo, with responses of the given length. */
export function startEcho(length: number): Promise<RoleProcess> {
  return RoleProcess.startQuiet("bench/echo", ["-l", `${length}`]);
}
