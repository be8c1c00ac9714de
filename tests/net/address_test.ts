import { assertEquals } from "@std/assert";
import { formatAddress, parseAddress } from "../../lib/net/mod.ts";

Deno.test("addresses: a formatted address parses to the same address", () => {
  for (const hostname of ["127.0.0.1", "localhost", "::1", "fe80::1%eth0"]) {
    for (const port of [0, 1, 9999, 65_535]) {
      const address = { hostname, port };
      assertEquals(parseAddress(formatAddress(address)), address);
    }
  }
});

Deno.test("addresses: other text is not an address", () => {
  const others = [
    "",
    "localhost",
    ":9999",
    "localhost:",
    "localhost:x",
    "localhost:65536",
    "localhost:123456",
    "::1:9999",
    "[]:9999",
    "[::1]",
    "a b:1",
  ];
  for (const text of others) assertEquals(parseAddress(text), undefined, text);
});
