import type { Address } from "../net/mod.ts";
import { printable } from "../terminal/printable.ts";
import { program } from "../terminal/usage.ts";

/** The default ports. */
const USUAL = new Map([[9998, "proxy"], [9999, "server"]]);

/**
 * How to start what is missing at an address: a proxy on the default port of
 * proxies, a server on any other.
 *
 * @param address The address that refused a connection.
 * @param isTls Whether the client uses TLS.
 */
export function startHint(
  { hostname, port }: Address,
  isTls: boolean,
): string {
  const role = USUAL.get(port) ?? "server";
  const isHere = /^(?:127\.[\d.]+|::1|localhost)$/i.test(hostname);
  const typed = [
    program(
      isTls
        ? { name: role, typed: `deno run -N -R ${role}.ts` }
        : { name: role },
    ),
    ...(hostname === "127.0.0.1" ? [] : ["-H", printable(hostname)]),
    ...(USUAL.has(port) ? [] : ["-p", `${port}`]),
    ...(isTls ? ["--tls-cert", "cert.pem", "--tls-key", "key.pem"] : []),
  ].join(" ");
  const where = isHere ? "in another terminal" : "on that machine";
  return `To start a ${role} ${where}: ${typed}`;
}
