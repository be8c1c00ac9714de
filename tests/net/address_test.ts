import { assertEquals } from "@std/assert";
import { formatAddress, parseAddress } from "../../lib/net/mod.ts";

Deno.test("addresses: what is written reads back", () => {
  for (const hostname of ["127.0.0.1", "localhost", "::1", "fe80::1%eth0"]) {
    for (const port of [0, 1, 9999, 65_535]) {
      const address = { hostname, port };
      assertEquals(parseAddress(formatAddress(address)), address);
    }
  }
});

Deno.test("addresses: anything else is none", () => {
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
