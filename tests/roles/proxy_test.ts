import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { type Address, formatAddress, serve } from "../../lib/net/mod.ts";
import { encodeSuccess } from "../../lib/message/mod.ts";
import type { Handler } from "../../lib/protocol/mod.ts";
import {
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";
import {
  askQuiet,
  lettered,
  LONG,
  rudeServer,
  SHORT,
  testDoor,
} from "./door.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

const REFUSED =
  "Internal proxy error: Connection refused by server and the request was not in the cache or was stale";

testDoor("proxy", {
  groups: [
    "Listening",
    "Cache",
    "Upstream",
    "Limits",
    "Watching",
    "General",
  ],
  flags: [
    ["-H, --host HOST", "127.0.0.1"],
    ["-p, --port PORT", "9998"],
    ["--tls-cert FILE"],
    ["--tls-key FILE"],
    ["--client-ca FILE"],
    ["--max-connections N", "500"],
    ["--max-connections-per-client N"],
    ["--read-timeout SECONDS", "10"],
    ["--idle-timeout SECONDS", "60"],
    ["--grace SECONDS", "5"],
    ["--log FORMAT", "text"],
    ["--page [HOST:]PORT"],
    ["-v, --verbose"],
    ["--trace"],
    ["-s, --server HOST:PORT", "127.0.0.1:9999"],
    ["--entries N", "10000"],
    ["--cache-bytes BYTES", "64M"],
    ["--stale-if-error SECONDS", "0"],
    ["--shared URL"],
    ["--shared-file FILE"],
    ["--shared-ca FILE"],
    ["--shared-timeout MS", "50"],
    ["--upstream-tls"],
    ["--upstream-ca FILE"],
    ["--upstream-cert FILE"],
    ["--upstream-key FILE"],
    ["--attempts N", "5"],
    ["--retry-delay MS", "500"],
    ["--rest SECONDS", "10"],
    ["--upstream-timeout SECONDS", "5"],
    ["--upstream-connections N", "0"],
  ],
  refused: [
    [["--entires", "5"], "unknown flag --entires: did you mean --entries?"],
    [["-x"], "unknown flag -x"],
    [["127.0.0.1:9999"], 'takes flags only: received "127.0.0.1:9999"'],
    [
      ["--host="],
      "--host takes a host name or an IP address: received nothing",
    ],
    [
      ["-p", "-1"],
      '--port takes a whole number from 0 to 65535: received "-1"',
    ],
    [
      ["-s", "localhost"],
      '--server takes HOST:PORT, such as 127.0.0.1:9999 or [::1]:9999: received "localhost"',
    ],
    [
      ["-s", "127.0.0.1:9999", "-s", "localhost"],
      '--server takes HOST:PORT, such as 127.0.0.1:9999 or [::1]:9999: received "localhost"',
    ],
    [["--rest", "0"], '--rest takes seconds from 0.1 to 86400: received "0"'],
    [
      ["--entries", "0"],
      '--entries takes a whole number from 1 to 10000000: received "0"',
    ],
    [
      ["--cache-bytes", "a lot"],
      '--cache-bytes takes bytes from 1K to 64G, such as 500000, 512K or 64M: received "a lot"',
    ],
    [
      ["--stale-if-error", "inf"],
      '--stale-if-error takes a whole number from 0 to 86400: received "inf"',
    ],
    [["--upstream-ca", "ca.pem"], "--upstream-ca requires --upstream-tls"],
    [
      ["--attempts", "0"],
      '--attempts takes a whole number from 1 to 1000: received "0"',
    ],
    [
      ["--retry-delay", "0.5"],
      '--retry-delay takes a whole number from 0 to 86400000: received "0.5"',
    ],
    [
      ["--upstream-connections", "-1"],
      '--upstream-connections takes a whole number from 0 to 10000: received "-1"',
    ],
    [
      ["--max-connections", "0"],
      '--max-connections takes a whole number from 1 to 1000000: received "0"',
    ],
    [
      ["--grace", "soon"],
      '--grace takes seconds from 0.1 to 86400: received "soon"',
    ],
    [
      ["--page", "localhost"],
      '--page takes [HOST:]PORT, such as 8080 or [::1]:8080: received "localhost"',
    ],
    [["-q", "-v"], "--verbose and --quiet contradict each other"],
    [
      ["--log", "json", "--trace"],
      "--trace prints text and cannot be combined with --log json",
    ],
    [["--log", "xml"], '--log takes text or json: received "xml"'],
    [
      ["--tls-cert", "cert.pem"],
      "--tls-cert and --tls-key must be given together",
    ],
    [["--quiet=yes"], "--quiet takes no value"],
  ],
});

Deno.test("proxy: logs the second recorded run line by line", async () => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startProxy(server.address);
  await askOneByOne(proxy, [LONG, LONG, SHORT]);
  const conversation = (client: string, cache: string, response: number) => [
    `{${client}} Connection established`,
    `{${client}} Cache ${cache}, server time remaining: inf, client time remaining: inf`,
    `{${client}} Sending response of length ${response} bytes`,
    `{${client}} Connection closed`,
  ];
  assertEquals(lettered(proxy.lines), [
    "Listening on A",
    ...conversation("B", "miss, response cached", 548),
    ...conversation("C", "hit", 548),
    ...conversation("D", "miss, response cached", 38),
  ]);
});

Deno.test("proxy: each miss exchanges one frame over a new connection", async () => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startProxy(server.address);
  await runClient(proxy.address, [LONG, LONG, SHORT]);
  await server.printed("Connection closed", 2);
  assertEquals(lettered(server.lines), [
    "Listening on A",
    "Connection established with B",
    "{B} Got request of length 81 bytes",
    "{B} Sending response of length 548 bytes",
    "{B} Connection closed",
    "Connection established with C",
    "{C} Got request of length 26 bytes",
    "{C} Sending response of length 38 bytes",
    "{C} Connection closed",
  ]);
});

Deno.test("proxy: logs the third recorded run, the server shut down, line by line", async () => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startProxy(server.address, "--retry-delay", "10");
  await askOneByOne(proxy, [LONG]);
  await server[Symbol.asyncDispose]();
  const seen = proxy.lines.length;
  await askOneByOne(proxy, [LONG, SHORT]);
  assertEquals(lettered(proxy.lines.slice(seen)), [
    "{A} Connection established",
    "{A} Cache hit, server time remaining: inf, client time remaining: inf",
    "{A} Sending response of length 548 bytes",
    "{A} Connection closed",
    "{B} Connection established",
    "{B} Connection refused by C after 5 attempts",
    "{B} Sending response of length 139 bytes",
    "{B} Connection closed",
  ]);
});

Deno.test("proxy: a server that refuses is tried --attempts times, then the client gets an error", async () => {
  for (
    const [flags, attempts] of [
      [["--attempts", "3", "--retry-delay", "10"], "3 attempts"],
      // There is no delay after the last attempt.
      [["--attempts", "1", "--retry-delay", "86400000"], "1 attempt"],
    ] as const
  ) {
    await using proxy = await startProxy(unusedAddress(), ...flags);
    const { status, stdout } = await runClient(proxy.address, [SHORT]);
    assertEquals(lettered(stdout.split("\n")), [
      "{A} Connection established",
      "{A} Sending request of length 26 bytes",
      "{A} Got response of length 139 bytes",
      `{A} Got error: ${REFUSED}`,
      "{A} Connection closed",
      "",
    ]);
    assertEquals(status, 3);
    await proxy.printed("Connection closed");
    assertEquals(lettered(proxy.lines), [
      "Listening on A",
      "{B} Connection established",
      `{B} Connection refused by C after ${attempts}`,
      "{B} Sending response of length 139 bytes",
      "{B} Connection closed",
    ]);
  }
});

Deno.test("proxy: errors distinguish a server that gives no or an invalid answer from one that refuses", async () => {
  for (
    const [words, failure] of [
      ["", "Server closed the connection without an answer"],
      ["\0".repeat(12), "Server sent an invalid response"],
    ] as const
  ) {
    await using server = rudeServer(words);
    await using proxy = await startProxy(server.address, "--attempts", "1");
    const { status, stdout } = await runClient(proxy.address, [SHORT]);
    assertStringIncludes(stdout, `Got error: Internal proxy error: ${failure}`);
    assertEquals(status, 3);
  }
});

Deno.test("proxy: hits are answered while a miss is retried until the server is back", async () => {
  await using server = await RoleProcess.start("server");
  const { address } = server;
  await using proxy = await startProxy(
    address,
    ...["--attempts", "1000", "--retry-delay", "50"],
  );
  await askOneByOne(proxy, [LONG]);
  await server[Symbol.asyncDispose]();

  const asked = Promise.withResolvers<void>();
  let isAnswered = false;
  const miss = runClient(proxy.address, [SHORT], {
    onLine(line) {
      if (line.includes("Sending request")) asked.resolve();
      if (line.includes("Got response")) isAnswered = true;
    },
  });
  await asked.promise;
  const hit = await runClient(proxy.address, [LONG]);
  assertStringIncludes(hit.stdout, "Result: -0.38748277824137206\n");
  assert(!isAnswered);

  await using _ = await RoleProcess.start("server", ["-p", `${address.port}`]);
  assertStringIncludes((await miss).stdout, "Result: 6\n");
});

Deno.test("proxy: a restart of the server needs no restart of the proxy", async () => {
  await using server = await RoleProcess.start("server");
  const { address } = server;
  await using proxy = await startProxy(address, "--attempts", "1");
  await server[Symbol.asyncDispose]();
  assertEquals((await runClient(proxy.address, [SHORT])).status, 3);
  await using _ = await RoleProcess.start("server", ["-p", `${address.port}`]);
  assertEquals((await runClient(proxy.address, [SHORT])).status, 0);
});

Deno.test("proxy: logs what its cache did with each request", async () => {
  const stored =
    "Cache miss, response cached, server time remaining: inf, client time remaining: inf";
  const hit =
    "Cache hit, server time remaining: inf, client time remaining: inf";
  const notStored = "Cache miss, response not cached";
  const asked: [args: string[], logged: string][] = [
    [["1 + 2"], stored],
    [["1 + 2"], hit],
    [["  1+2 "], hit],
    // Steps or none are two answers.
    [["--no-steps", "1 + 2"], stored],
    [["--no-steps", "1 + 2"], hit],
    [["--max-age", "60", "1 + 2"], hit.replace(/inf$/, "60.00")],
    [["--max-age", "60", "1 + 3"], stored.replace(/inf$/, "60.00")],
    [["--max-age", "0", "1 + 2"], notStored],
    [["--max-age", "0", "1 + 4"], notStored],
    [["--no-cache", "1 + 2"], notStored],
    [["--no-cache", "1 + 4"], notStored],
    [["1 + 4"], stored],
    // Errors of the asker are as good as results.
    [["1 / 0"], stored],
    [["1 / 0"], hit],
    [["rand(0, 1)"], notStored],
    [["rand(0, 1)"], notStored],
  ];
  await using server = await RoleProcess.start("server");
  await using proxy = await startProxy(server.address);
  for (const [args] of asked) await runClient(proxy.address, args);
  assertEquals(
    // A second or two may have passed.
    (await cacheLines(proxy, asked.length)).map((line) =>
      line.replace(/5\d\.00$/, "60.00")
    ),
    asked.map(([, logged]) => logged),
  );
});

Deno.test("proxy: an answer older than a client accepts is requested again", async () => {
  const aged: Handler = ({ steps }) => {
    const response = encodeSuccess({ result: "3", steps: [] });
    return response.with({ timeStamp: response.timeStamp - 100, steps });
  };
  await using server = serve({ port: 0 }, aged);
  await using proxy = await startProxy(server.address);
  for (const maxAge of ["inf", "1000", "60", "inf"]) {
    await runClient(proxy.address, ["--max-age", maxAge, "1 + 2"]);
  }
  const lines = await cacheLines(proxy, 4);
  assertEquals(lines.map((line) => line.replace(/8\d\d/, "900")), [
    "Cache miss, response cached, server time remaining: inf, client time remaining: inf",
    "Cache hit, server time remaining: inf, client time remaining: 900.00",
    "Cache miss, stale response",
    "Cache hit, server time remaining: inf, client time remaining: inf",
  ]);
});

Deno.test("proxy: rand gives another number each time", async () => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startProxy(server.address);
  const { stdout } = await runClient(proxy.address, [
    ...["-q", "--no-steps", "rand(0, 1)", "rand(0, 1)"],
  ]);
  const [first, second] = stdout.split("\n");
  assertNotEquals(first, second);
});

Deno.test("proxy: with --entries 1, the second answer evicts the first", async () => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startProxy(server.address, "--entries", "1");
  await runClient(proxy.address, ["1", "1", "2", "2", "1"]);
  const lines = await cacheLines(proxy, 5);
  assertEquals(
    lines.map((line) => line.replace(/,.*/, "")),
    ["Cache miss", "Cache hit", "Cache miss", "Cache hit", "Cache miss"],
  );
});

Deno.test("proxy: -q silences the log lines, including those about failures", async () => {
  const { answer, printed } = await askQuiet("proxy", [
    ...["-s", formatAddress(unusedAddress()), "--attempts", "1"],
  ], "6 * 7");
  assertStringIncludes(answer.stdout, REFUSED);
  assertEquals(printed, "");
});

Deno.test("proxy: a port in use is one clear line", async () => {
  await using first = await startProxy(unusedAddress());
  const { port } = first.address;
  assertEquals(await runRole("proxy", ["-p", `${port}`]), {
    status: 1,
    stdout: "",
    stderr: `proxy: 127.0.0.1:${port} is in use: choose another port with -p\n`,
  });
});

Deno.test("proxy: refuses to be its own server, for all spellings of the address", async () => {
  const { port } = unusedAddress();
  const cases: [host: string, server: string][] = [
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1", "localhost"],
    ["127.0.0.1", "0.0.0.0"],
    ["127.0.0.1", "[::ffff:127.0.0.1]"],
    ["127.0.0.1", "[::ffff:7f00:1]"],
    ["0.0.0.0", "127.0.0.1"],
  ];
  if (hasIPv6()) {
    cases.push(
      ["::1", "[::1]"],
      ["::1", "[0:0:0:0:0:0:0:1]"],
      ["::", "[::1]"],
      ["::", "127.0.0.1"],
    );
  }
  // There, all of 127.0.0.0/8 is the machine's own.
  if (Deno.build.os === "linux") cases.push(["0.0.0.0", "127.0.0.2"]);
  const runs = await Promise.all(cases.map(async ([host, server]) => {
    const where = `${server}:${port}`;
    return [
      where,
      await runRole("proxy", ["-H", host, "-p", `${port}`, "-s", where]),
    ] as const;
  }));
  for (const [where, run] of runs) {
    assertEquals(run, {
      status: 1,
      stdout: "",
      stderr:
        `proxy: the server at ${where} is this proxy itself: choose another one with -s\n`,
    });
  }
});

Deno.test("proxy: a server on the same port of another address is accepted", async () => {
  const { port } = unusedAddress();
  for (
    const [host, server] of [
      ["127.0.0.1", "host.invalid"],
      // An address that documents may use, and no machine has.
      ["0.0.0.0", "192.0.2.77"],
      ["127.0.0.1", "[::1]"],
    ] as const
  ) {
    await using proxy = await RoleProcess.start("proxy", [
      ...["-H", host, "-p", `${port}`, "-s", `${server}:${port}`],
    ], { stderr: "piped" });
    assertEquals(proxy.lines, [`Listening on ${host}:${port}`]);
  }
});

Deno.test("proxy: with --upstream-connections, misses share a connection, and a restart of the server costs nothing", async () => {
  await using server = await RoleProcess.start("server");
  const { address } = server;
  await using proxy = await startProxy(
    address,
    ...["--upstream-connections", "1", "--attempts", "1"],
  );
  await askOneByOne(proxy, ["1", "2", "3"]);
  const isConnection = (line: string) => line.includes("established");
  assertEquals(server.lines.filter(isConnection).length, 1);
  await server.end();
  await using again = await RoleProcess.start("server", [
    ...["-p", `${address.port}`],
  ]);
  await askOneByOne(proxy, ["4", "5"]);
  assertEquals(again.lines.filter(isConnection).length, 1);
  // The connection that is kept does not keep the process.
  assertEquals(await proxy.end(), 0);
});

function hasIPv6(): boolean {
  try {
    using _listener = Deno.listen({ hostname: "::1", port: 0 });
    return true;
  } catch {
    return false;
  }
}

function startProxy(
  server: Address,
  ...args: string[]
): Promise<RoleProcess> {
  return RoleProcess.start("proxy", ["-s", formatAddress(server), ...args]);
}

/** Has expressions computed by a client each, the next when the last is gone. */
async function askOneByOne(
  proxy: RoleProcess,
  expressions: string[],
): Promise<void> {
  const closed = "Connection closed";
  let gone = proxy.lines.filter((line) => line.includes(closed)).length;
  for (const expression of expressions) {
    await runClient(proxy.address, [expression]);
    await proxy.printed(closed, ++gone);
  }
}

/** What a proxy says of its cache, as soon as it has said so much. */
async function cacheLines(
  proxy: RoleProcess,
  count: number,
): Promise<string[]> {
  await proxy.printed("Cache ", count);
  return proxy.lines.flatMap((line) => /Cache .*/.exec(line) ?? []);
}
