/** The address of one end of a TCP connection. */
export interface Address {
  /** A host name or a literal IP address; an IPv6 address without brackets. */
  readonly hostname: string;
  /** From 0 to 65,535; listening on port 0 picks any free port. */
  readonly port: number;
}

/**
 * Formats an address as `HOST:PORT`, with an IPv6 address in brackets.
 *
 * @param address The address.
 * @returns The address as text.
 *
 * @example Usage
 * ```ts
 * import { formatAddress } from "@calculator/tcp/net";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatAddress({ hostname: "::1", port: 9999 }), "[::1]:9999");
 * ```
 */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

/**
 * Parses an address of the form `HOST:PORT`, with an IPv6 address in brackets.
 *
 * @param text The text to parse.
 * @returns The address, or `undefined` if the text is not a valid one.
 *
 * @example Usage
 * ```ts
 * import { parseAddress } from "@calculator/tcp/net";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress("[::1]:9999"), { hostname: "::1", port: 9999 });
 * assertEquals(parseAddress("localhost"), undefined);
 * ```
 */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return hostname !== undefined && port <= 65_535
    ? { hostname, port }
    : undefined;
}
