/**
 * Starts the processes under load, without a log, whose cost would be included.
 *
 * @module
 */

import { formatAddress } from "../lib/net/mod.ts";
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

/** Starts the echo, with responses of the given length. */
export function startEcho(length: number): Promise<RoleProcess> {
  return RoleProcess.startQuiet("bench/echo", ["-l", `${length}`]);
}
