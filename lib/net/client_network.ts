/**
 * What counts as one client where connections are limited by address: an IPv4
 * address, also one that is written as IPv6, or the first 64 bits of an IPv6
 * address, as a provider gives at least that many addresses to each customer
 * (RFC 6177).
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
