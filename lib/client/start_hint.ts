import type { Address } from "../net/mod.ts";
import { printable } from "../terminal/printable.ts";
import { program } from "../terminal/usage.ts";

/** The ports that roles listen on when they are told no other. */
const USUAL = new Map([[9998, "proxy"], [9999, "server"]]);

/**
 * Says how to start what nobody has started yet: a proxy on the port of proxies,
 * a server on any other.
 *
 * @param address The address that refused a connection.
 * @param isTls Whether the connection was to speak TLS.
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
