import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  parseEngineUrl,
  parseEngineUrls,
  withoutPassword,
} from "../../lib/redis/engine_url.ts";

const LOCAL = {
  hostname: "127.0.0.1",
  port: 6379,
  isSecure: false,
  database: 0,
};

Deno.test("engine url: all parts, and their defaults", () => {
  const login = { username: "ann", password: "p@ss/w?rd#" };
  const urls = {
    "redis://127.0.0.1": LOCAL,
    "redis://127.0.0.1/": LOCAL,
    "redis://127.0.0.1:7000/2": { ...LOCAL, port: 7000, database: 2 },
    "redis://:secret@127.0.0.1": { ...LOCAL, password: "secret" },
    "rediss://ann:p%40ss%2Fw%3Frd%23@127.0.0.1": {
      ...LOCAL,
      ...login,
      isSecure: true,
    },
    "redis://[::1]:7000": { ...LOCAL, hostname: "::1", port: 7000 },
    "redis://cache.example": { ...LOCAL, hostname: "cache.example" },
  };
  for (const [url, parts] of Object.entries(urls)) {
    assertEquals(parseEngineUrl(url), parts, url);
  }
});

Deno.test("engine url: an invalid one is explained, and never quoted", () => {
  const reasons = {
    "": "it begins with neither redis:// nor rediss://",
    "127.0.0.1:6379": "it begins with neither redis:// nor rediss://",
    "localhost:6379": "it begins with neither redis:// nor rediss://",
    "redis:secret": "it begins with neither redis:// nor rediss://",
    "http://:secret@host": "it begins with neither redis:// nor rediss://",
    "redis://:secret@host:99999":
      "its host or port is invalid, or its password needs encoding",
    "redis://:sec#ret@host":
      "its host or port is invalid, or its password needs encoding",
    "redis:///secret": "it has no host",
    "redis://:secret@host/secret": "its path is not the number of a database",
    "redis://:secret@host/0/1": "its path is not the number of a database",
    "redis://host?password=secret":
      "it has a ? or a #, which a password must encode",
    "redis://secret@host": "it has a user without a password",
    "redis://:secret%@host":
      "its user or password has a % that encodes nothing",
  };
  for (const [url, reason] of Object.entries(reasons)) {
    const { message } = assertThrows(() => parseEngineUrl(url), TypeError);
    assertEquals(
      message,
      `expected redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS: ${reason}`,
      url,
    );
  }
});

Deno.test("engine url: nodes of a cluster belong together", () => {
  const nodes = ["rediss://u:p@one", "rediss://u:p@two:7000"];
  assertEquals(parseEngineUrls(nodes).map(withoutPassword), [
    "rediss://one:6379",
    "rediss://two:7000",
  ]);
  const mixed = [
    ["redis://one", "rediss://two"],
    ["redis://:p@one", "redis://two"],
    ["redis://:p@one", "redis://u:p@two"],
    ["redis://one", "redis://two/1"],
    [],
  ];
  for (const urls of mixed) {
    assertThrows(() => parseEngineUrls(urls), TypeError, "expected redis://");
  }
});

Deno.test("engine url: what is printed has no password", () => {
  fc.assert(fc.property(
    fc.stringMatching(/^[!-~]{12,20}$/),
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.nat({ max: 15 }),
    (password, username, database) => {
      const secret = encodeURIComponent(password);
      const url = `redis://${username}:${secret}@host:7000/${database}`;
      const parts = parseEngineUrl(url);
      assertEquals([parts.username, parts.password], [username, password]);
      const printed = withoutPassword(parts);
      assert(!printed.includes(password) && !printed.includes(secret));
    },
  ));
});
