/**
 * All addresses of a host name, by the resolver of the system, which also reads the
 * hosts file.
 *
 * @param hostname The name, or a literal IP address.
 * @throws {Error} If it does not resolve.
 */
export async function lookUp(hostname: string): Promise<string[]> {
  // Loaded lazily: most addresses are literal.
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}
