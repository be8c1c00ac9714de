import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "../../lib/message/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import {
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { askQuiet, lettered, LONG, SHORT, testDoor } from "./door.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

testDoor("server", {
  groups: ["Listening", "Caching", "Limits", "Watching", "General"],
  flags: [
    ["-H, --host HOST", "127.0.0.1"],
    ["-p, --port PORT", "9999"],
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
    ["--max-age SECONDS", "inf"],
    ["--no-cache"],
    ["--share-port"],
  ],
  refused: [
    [["--maxage", "5"], "unknown flag --maxage: did you mean --max-age?"],
    [["-x"], "unknown flag -x"],
    [["1 + 1"], 'takes flags only: received "1 + 1"'],
    [
      ["-H", "a b"],
      '--host takes a host name or an IP address: received "a b"',
    ],
    [
      ["-p", "http"],
      '--port takes a whole number from 0 to 65535: received "http"',
    ],
    [
      ["--port", "65536"],
      '--port takes a whole number from 0 to 65535: received "65536"',
    ],
    [["-p"], "--port takes a whole number from 0 to 65535: received nothing"],
    [
      ["--max-age", "1.5"],
      '--max-age takes whole seconds from 0 to 65534, or inf: received "1.5"',
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

Deno.test("server: logs the first recorded run line by line", async () => {
  await using server = await RoleProcess.start("server");
  for (const [index, expression] of [LONG, LONG, SHORT].entries()) {
    await runClient(server.address, [expression]);
    await server.printed("Connection closed", index + 1);
  }
  const conversation = (client: string, request: number, response: number) => [
    `Connection established with ${client}`,
    `{${client}} Got request of length ${request} bytes`,
    `{${client}} Sending response of length ${response} bytes`,
    `{${client}} Connection closed`,
  ];
  assertEquals(lettered(server.lines), [
    "Listening on A",
    ...conversation("B", 81, 548),
    ...conversation("C", 81, 548),
    ...conversation("D", 26, 38),
  ]);
});

Deno.test("server: listens on the host and port that it is given", async () => {
  const address = unusedAddress();
  await using server = await RoleProcess.start("server", [
    ...["-H", address.hostname, "-p", `${address.port}`],
  ]);
  assertEquals(server.lines, [`Listening on ${formatAddress(address)}`]);
});

Deno.test("server: -q silences the log lines", async () => {
  const { answer, printed } = await askQuiet("server", [], "6 * 7");
  assertStringIncludes(answer.stdout, "Result: 42\n");
  assertEquals(printed, "");
});

Deno.test("server: a port in use is one clear line", async () => {
  await using first = await RoleProcess.start("server");
  const { port } = first.address;
  assertEquals(await runRole("server", ["-p", `${port}`]), {
    status: 1,
    stdout: "",
    stderr:
      `server: 127.0.0.1:${port} is in use: choose another port with -p\n`,
  });
});

Deno.test("server: a host that it cannot listen on is one clear line", async () => {
  // The first address is reserved (RFC 5737), the second is not a host name.
  for (const host of ["192.0.2.1", "a..b"]) {
    const { status, stdout, stderr } = await runRole("server", [
      ...["-H", host, "-p", "0"],
    ]);
    assertMatch(stderr, /^server: cannot listen on \S+:0: [^\n]+\n$/);
    assertStringIncludes(stderr, ` ${host}:`);
    assertEquals([status, stdout], [1, ""]);
  }
});

Deno.test("server: an invalid frame ends one connection, not the server", async () => {
  await using server = await RoleProcess.start("server");
  {
    using tcp = await Deno.connect(server.address);
    await tcp.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    await tcp.closeWrite();
    await server.printed("Connection closed: ");
  }
  const { stdout } = await runClient(server.address, ["6 * 7"]);
  assertStringIncludes(stdout, "Result: 42\n");
});

const NOT_STORED = [
  "Cache miss, response not cached",
  "Cache miss, response not cached",
];

for (
  const [flags, logged] of [
    [["--max-age", "60"], [
      "Cache miss, response cached, server time remaining: 60.00, client time remaining: inf",
      "Cache hit, server time remaining: 60.00, client time remaining: inf",
    ]],
    [["--max-age", "0"], NOT_STORED],
    [["--no-cache"], NOT_STORED],
    [["--no-cache", "--max-age", "60"], NOT_STORED],
  ] as const
) {
  const may = logged === NOT_STORED ? "may not" : "may";
  Deno.test(`server: under ${flags.join(" ")} a proxy ${may} keep its answers`, async () => {
    await using server = await RoleProcess.start("server", [...flags]);
    await using proxy = await RoleProcess.start("proxy", [
      ...["-s", formatAddress(server.address)],
    ]);
    await runClient(proxy.address, ["1 + 2", "1 + 2"]);
    await proxy.printed("Cache ", 2);
    const lines = proxy.lines.flatMap((line) => /Cache .*/.exec(line) ?? []);
    // A second may have passed.
    assertEquals(
      lines.map((line) => line.replace("59.00", "60.00")),
      [...logged],
    );
  });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name:
      `server: on ${signal} it exits with status 0, and its port is free at once`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const server = await RoleProcess.start("server");
      using idle = await Deno.connect({ port: server.address.port });
      await server.printed("Connection established");
      assertEquals(await server.end(signal), 0);
      assertEquals(await idle.read(new Uint8Array(1)), null);
      await using again = await RoleProcess.start("server", [
        ...["-p", `${server.address.port}`],
      ]);
      const { stdout } = await runClient(again.address, ["-q", "6 * 7"]);
      assertStringIncludes(stdout, "Result: 42");
    },
  });
}

Deno.test({
  name:
    "server: with --share-port, several share a port, and each gets clients",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using first = await RoleProcess.start("server", ["--share-port"]);
    const { port } = first.address;
    await using second = await RoleProcess.start("server", [
      ...["-p", `${port}`, "--share-port"],
    ]);
    // A server that does not share still gets an error.
    const other = await runRole("server", ["-p", `${port}`]);
    assertStringIncludes(other.stderr, `${port} is in use`);
    const isAsked = ({ lines }: RoleProcess) =>
      lines.some((line) => line.includes("Got request"));
    while (!isAsked(first) || !isAsked(second)) {
      const { stdout } = await runClient(first.address, ["-q", "6 * 7"]);
      assertStringIncludes(stdout, "Result: 42\n");
    }
  },
});

Deno.test("server: clients above the limit are refused, and the log says so", async () => {
  await using server = await RoleProcess.start("server", [
    ...["--max-connections", "1"],
  ]);
  using first = await BarePeer.connect(server.address);
  await server.printed("Connection established");
  // A request under way: an idle connection would make room.
  await first.write(encodeRequest("1 + 2").bytes.subarray(0, 5));
  using second = await BarePeer.connect(server.address);
  const response = await second.frame();
  assert(response);
  const error = assertThrows(() => decodeResponse(response), RemoteError);
  assertEquals([error.status, error.name], [500, "Busy"]);
  const { port } = second.tcp.localAddr;
  await server.printed(
    `{127.0.0.1:${port}} Connection refused: too many connections`,
  );
  const { status } = await runClient(server.address, ["1 + 2"]);
  assertEquals(status, 3);
  await server.printed("Connection refused: too many connections", 2);
});

Deno.test("server: an idle client is disconnected, and the log says so", async () => {
  await using server = await RoleProcess.start("server", [
    ...["--idle-timeout", "0.1"],
  ]);
  using idle = await Deno.connect({ port: server.address.port });
  assertEquals(await idle.read(new Uint8Array(1)), null);
  await server.printed(
    "Connection closed: the client took too long to send a request",
  );
});

Deno.test("server: warns of what is open beyond loopback", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-N", "server.ts", "-H", "0.0.0.0", "-p", "0"],
    cwd: new URL("../..", import.meta.url),
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const [line] = await Array.fromAsync(
    child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TransformStream({
        transform(text, controller) {
          controller.enqueue(text);
          child.kill();
        },
      }),
    ),
  );
  assertStringIncludes(
    `${line}`,
    " can send requests, and traffic is neither encrypted nor protected against tampering: use --tls-cert, --tls-key and --client-ca.",
  );
  await child.status;
});
