import { assertEquals } from "@std/assert";
import { networkOf } from "../../lib/net/client_network.ts";

function assertNetworks(expected: Record<string, string>): void {
  for (const [address, network] of Object.entries(expected)) {
    assertEquals(networkOf(address), network, address);
  }
}

Deno.test("networkOf() takes an IPv4 address as it is", () => {
  assertNetworks({
    "192.0.2.7": "192.0.2.7",
    "::ffff:192.0.2.7": "192.0.2.7",
  });
});

Deno.test("networkOf() takes the first 64 bits of an IPv6 address", () => {
  assertNetworks({
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:DB8:01:2::7": "2001:db8:1:2::/64",
    "2001:db8::": "2001:db8:0:0::/64",
    "2001:db8:1::2:3:4:5": "2001:db8:1:0::/64",
    "::1": "0:0:0:0::/64",
    "fe80::1%eth0": "fe80:0:0:0::/64",
  });
});
