import { assertEquals } from "@std/assert";
import {
  address,
  bytes,
  type FlagValue,
  hostname,
  listenPort,
  maxAge,
  milliseconds,
  port,
  wholeNumber,
} from "../../lib/terminal/flag_values.ts";

const values: [
  value: FlagValue<unknown>,
  good: [string, unknown][],
  bad: string[],
][] = [
  [
    port,
    [["1", 1], ["65535", 65_535], ["0080", 80]],
    ["0", "65536", "-1", "1.5", "1e3", "0x10", "", "∞", "http", "80 81"],
  ],
  [listenPort, [["0", 0], ["65535", 65_535]], ["65536", "-1"]],
  [
    milliseconds,
    [["0", 0], ["86400000", 86_400_000]],
    ["86400001", "0.5", "10ms", "inf"],
  ],
  [wholeNumber(1, 3), [["1", 1], ["3", 3]], ["0", "4", "two"]],
  [
    maxAge,
    [["0", 0], ["65534", 65_534], ["inf", Infinity]],
    ["65535", "-1", "Infinity", "INF", "forever", ""],
  ],
  [
    hostname,
    [
      ["localhost", "localhost"],
      ["::1", "::1"],
      ["[::1]", "::1"],
      ["fe80::1%eth0", "fe80::1%eth0"],
      ["0.0.0.0", "0.0.0.0"],
    ],
    ["", "a b", "http://localhost", "a/b", "localhost:9999", "[::1]:9999"],
  ],
  [
    bytes,
    [
      ["1024", 1024],
      ["512K", 524_288],
      ["64m", 67_108_864],
      ["2G", 2_147_483_648],
    ],
    ["", "0", "1023", "K", "-1", "1.5M", "64MB", "1e6", "65G", " "],
  ],
  [
    address,
    [
      ["127.0.0.1:9999", { hostname: "127.0.0.1", port: 9999 }],
      ["[::1]:80", { hostname: "::1", port: 80 }],
      ["calc.example:1", { hostname: "calc.example", port: 1 }],
    ],
    [
      "localhost",
      ":9999",
      "::1:9999",
      "a:b",
      "a:65536",
      "a:0",
      "a:",
      "",
      "a b:1",
    ],
  ],
];

for (const [{ expected, read }, good, bad] of values) {
  Deno.test(`flag values: ${expected}`, () => {
    for (const [text, value] of good) assertEquals(read(text), value);
    for (const text of bad) assertEquals(read(text), undefined, text);
  });
}
