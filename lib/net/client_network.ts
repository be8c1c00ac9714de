/**
 * The unit that counts as one client when connections are limited per address:
 * an IPv4 address, even if mapped to IPv6, or the /64 network of an IPv6 address,
 * which is the least that a provider assigns to a customer (RFC 6177).
 *
 * @param hostname A literal IP address, without brackets.
 */
export function networkOf(hostname: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(hostname);
  if (mapped) return mapped[1]!;
  if (!hostname.includes(":")) return hostname;
  const [head = "", tail] = hostname.replace(/%.*$/, "").split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const last = tail === "" ? [] : tail.split(":");
    while (groups.length + last.length < 8) groups.push("0");
    groups.push(...last);
  }
  const prefix = groups.slice(0, 4).map((group) => parseInt(group, 16));
  return `${prefix.map((group) => group.toString(16)).join(":")}::/64`;
}
