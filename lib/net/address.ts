/** An end of a TCP connection. */
export interface Address {
  /** A name or a literal IP address; an IPv6 address without brackets. */
  readonly hostname: string;
  /** From 0 to 65,535; to listen on 0 is to listen on any free port. */
  readonly port: number;
}

/**
 * Writes an address as `HOST:PORT`, an IPv6 address in brackets.
 *
 * @param address The address.
 * @returns Its text.
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
 * Reads an address as `HOST:PORT`, an IPv6 address in brackets.
 *
 * @param text What may be an address.
 * @returns The address, or `undefined` if the text is none.
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
