import { checkTls } from "./check_tls.ts";
import type { Conn } from "../conn.ts";
import { TlsConn, Wire } from "./tls_conn.ts";
import type { TlsOptions } from "./tls_options.ts";

// Static imports would load these even if this module is never evaluated.
const { isIP } = process.getBuiltinModule("node:net");
const { connect } = process.getBuiltinModule("node:tls");

/**
 * Wraps a connection in TLS and verifies the server's certificate.
 *
 * @throws {TypeError} If the options are invalid.
 * @throws {Error} If the handshake fails, or the signal is aborted first.
 */
export async function startTls(
  tcp: Deno.TcpConn,
  connected: string,
  options: TlsOptions,
  signal: AbortSignal,
): Promise<Conn> {
  try {
    checkTls(options);
  } catch (error) {
    tcp.close();
    throw error;
  }
  const { cert, key, caCerts, hostname = connected } = options;
  const wire = new Wire(tcp);
  const socket = connect({
    socket: wire,
    host: hostname,
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(caCerts && { ca: [...caCerts] }),
  });
  const abort = () => void socket.destroy();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
      socket.once(
        "close",
        () => reject(new Error("closed during the TLS handshake")),
      );
    });
  } finally {
    // Otherwise a long-lived signal would keep the connection in memory.
    signal.removeEventListener("abort", abort);
  }
  return new TlsConn(wire, socket);
}
