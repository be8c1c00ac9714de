import type { IncomingMessage } from "node:http";
import type { Address } from "../net/mod.ts";

/** The only methods that change nothing, so that another site may cause them. */
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/**
 * Checks that a request comes from a page of this origin or from a program. The
 * Host header must name the address that the page listens on: a name of another
 * site may be made to resolve to it (DNS rebinding). Requests that change
 * something, and the stream of facts, must not come from another origin.
 *
 * @param request Its method and headers.
 * @param listening The address that the page listens on.
 * @returns Why the request is refused, or `undefined`.
 */
export function refusal(
  { method = "", headers }: Pick<IncomingMessage, "method" | "headers">,
  listening: Address,
): string | undefined {
  const { host = "", origin } = headers;
  if (!isOwn(hostnameOf(host), listening.hostname)) {
    return `The page is not served for the host "${host}"`;
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return `Requests from the origin "${origin}" are refused`;
  }
  // Browsers send it with requests that have no Origin header.
  const site = headers["sec-fetch-site"] ?? "none";
  const isNavigation = headers["sec-fetch-mode"] === "navigate" &&
    SAFE_METHODS.has(method);
  if (site !== "same-origin" && site !== "none" && !isNavigation) {
    return "Requests from other sites are refused";
  }
}

/** Whether only programs on the same machine can connect to a host. */
export function isLoopback(hostname: string): boolean {
  return hostname === "::1" || hostname === "localhost" ||
    (hostname.startsWith("127.") && isAddress(hostname));
}

/**
 * The host name in a Host header, or nothing if the header is malformed. The port may
 * differ behind a tunnel.
 */
function hostnameOf(host: string): string {
  const [, ipv6, name = ""] =
    /^(?:\[([\da-f:.]+)\]|([^:/?#@[\]\\]+))(?::\d*)?$/i.exec(host) ?? [];
  const isUrl = URL.canParse(`http://${host}`);
  return isUrl ? (ipv6 ?? name).toLowerCase() : "";
}

function isOwn(hostname: string, listening: string): boolean {
  if (hostname === listening.toLowerCase()) return true;
  if (isLoopback(listening)) return isLoopback(hostname);
  // On all interfaces, any address may be meant, but no name: a name can be rebound.
  const isEverywhere = listening === "0.0.0.0" || listening === "::";
  return isEverywhere && (isAddress(hostname) || hostname === "localhost");
}

function isAddress(hostname: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) || hostname.includes(":");
}
