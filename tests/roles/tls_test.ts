import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Address, formatAddress } from "../../lib/net/mod.ts";
import {
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import {
  canCertify,
  Certified,
  CLIENTS_ONLY,
  type KeyPair,
} from "../../tools/harness/certificate.ts";

const ignore = !await canCertify();
const permissions = ["-N", "-R"];

function test(name: string, run: (by: Certified) => Promise<void>): void {
  const missing = ignore ? " (needs openssl)" : "";
  Deno.test(`tls: ${name}${missing}`, { ignore }, async () => {
    await using certified = await Certified.make();
    await run(certified);
  });
}

function certificateFlags({ files }: Certified): string[] {
  return ["--tls-cert", files.cert, "--tls-key", files.key];
}

test("the three roles connect with TLS", async (by) => {
  await using server = await RoleProcess.start(
    "server",
    certificateFlags(by),
    { permissions },
  );
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(server.address), ...certificateFlags(by)],
    ...["--upstream-tls", "--upstream-ca", by.files.ca],
  ], { permissions });
  const run = await runClient(
    proxy.address,
    ["--tls", "--ca", by.files.ca, "6 * 7", "6 * 7"],
    { permissions },
  );
  assertEquals([run.status, run.stderr], [0, ""]);
  assertStringIncludes(run.stdout, "Result: 42\n");
  await proxy.printed("Cache hit");
});

test("a client that does not trust a server sends no request", async (by) => {
  await using server = await RoleProcess.start(
    "server",
    certificateFlags(by),
    { permissions },
  );
  const { status, stdout, stderr } = await runClient(server.address, [
    ...["--tls", "6 * 7"],
  ]);
  assertEquals([status, stdout], [3, ""]);
  assertEquals(
    stderr,
    `Cannot connect to ${
      formatAddress(server.address)
    }: unable to verify the first certificate\n`,
  );
});

test("beyond loopback, a warning says what is open", async (by) => {
  const tls = certificateFlags(by);
  const [plain, open, closed] = await Promise.all([
    warnings([]),
    warnings(tls),
    warnings([...tls, "--client-ca", by.files.ca]),
  ]);
  const line = (rest: string) =>
    new RegExp(
      `^Warning: everyone who can reach 0\\.0\\.0\\.0:\\d+ can send requests${rest}\n$`,
    );
  assertMatch(
    plain,
    line(
      ", and traffic is neither encrypted nor protected against tampering: use --tls-cert, --tls-key and --client-ca\\.",
    ),
  );
  assertMatch(open, line(": use --client-ca\\."));
  assertEquals(closed, "");
});

test("an expired or not yet valid certificate is one line of warning", async (by) => {
  const at = (year: number) => new Date(Date.UTC(year, 0, 31, 12));
  await using expired = await Certified.make(at(2020), at(2021));
  await using early = await Certified.make(at(2098), at(2099));
  const chain = `${expired.files.cert}-chain`;
  const broken =
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  await Deno.writeTextFile(chain, by.cert + early.cert + by.ca + broken);
  const line = (rest: string) => `Warning: --tls-cert: certificate ${rest}.\n`;
  const ca = ["--client-ca", by.files.ca];
  for (
    const [flags, warning] of [
      [
        certificateFlags(expired),
        line("1 (CN=localhost) expired on 2021-01-31T12:00:00Z"),
      ],
      [
        certificateFlags(early),
        line("1 (CN=localhost) is not valid before 2098-01-31T12:00:00Z"),
      ],
      [
        ["--tls-cert", chain, "--tls-key", by.files.key],
        line("2 (CN=localhost) is not valid before 2098-01-31T12:00:00Z") +
        line("4 cannot be read"),
      ],
    ] as const
  ) {
    for (const role of ["server", "proxy"] as const) {
      assertEquals(await warnings([...flags, ...ca], role), warning);
    }
  }
});

test("an expired authority of clients is one line of warning", async (by) => {
  const at = (year: number) => new Date(Date.UTC(year, 0, 31, 12));
  const { files } = await by.authority.issue("old", {
    extensions: "basicConstraints = critical,CA:TRUE",
    from: at(2020),
    to: at(2021),
  });
  assertEquals(
    await warnings([...certificateFlags(by), "--client-ca", files.cert]),
    "Warning: --client-ca: certificate 1 (CN=old) expired on 2021-01-31T12:00:00Z.\n",
  );
});

/** What a role on all interfaces prints on standard error. */
async function warnings(
  flags: string[],
  role: "server" | "proxy" = "server",
): Promise<string> {
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", ...permissions, `${role}.ts`, "-H", "0.0.0.0", "-p", "0"],
      ...flags,
    ],
    cwd: new URL("../..", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // It warns before it writes that it listens.
  const reader = server.stdout.getReader();
  await reader.read();
  server.kill();
  reader.releaseLock();
  const { stderr } = await server.output();
  return new TextDecoder().decode(stderr);
}

test("a missing, forbidden or invalid certificate file is one clear line", async (by) => {
  const { cert, key, ca } = by.files;
  const cases: [flags: string[], permissions: string[], line: RegExp][] = [
    [
      ["--tls-cert", `${cert}x`, "--tls-key", key],
      ["-N", "-R"],
      /cannot read --tls-cert \S+x: there is no such file/,
    ],
    [
      ["--tls-cert", cert, "--tls-key", key],
      ["-N"],
      /cannot read --tls-cert \S+: run with -N -R/,
    ],
    [
      ["--tls-cert", key, "--tls-key", key],
      ["-N", "-R"],
      /--tls-cert \S+ has no CERTIFICATE in PEM/,
    ],
    [
      ["--tls-cert", cert, "--tls-key", cert],
      ["-N", "-R"],
      /--tls-key \S+ has no PRIVATE KEY in PEM/,
    ],
    [
      ["--tls-cert", cert, "--tls-key", key],
      ["-R"],
      /network access to 127\.0\.0\.1:\d+ is not allowed: run with -N/,
    ],
    [
      ["--tls-cert", ca, "--tls-key", key],
      ["-N", "-R"],
      /--tls-cert \S+ and --tls-key \S+: The private key does not match the certificate/,
    ],
    [
      ["--tls-cert", cert, "--tls-key", key, "--client-ca", `${ca}x`],
      ["-N", "-R"],
      /cannot read --client-ca \S+x: there is no such file/,
    ],
    [
      ["--tls-cert", cert, "--tls-key", key, "--client-ca", key],
      ["-N", "-R"],
      /--client-ca \S+ has no CERTIFICATE in PEM/,
    ],
  ];
  for (const [flags, permissions, line] of cases) {
    const run = await runRole("server", ["-p", "0", ...flags], { permissions });
    assertEquals([run.status, run.stdout], [1, ""]);
    assertEquals(run.stderr.replace(line, "").trim(), "server:");
  }
});

test("an invalid authority file is reported with its flag", async () => {
  for (
    const [role, prefix] of [["client", ""], ["proxy", "upstream-"]] as const
  ) {
    const run = await runRole(role, [
      ...[`--${prefix}tls`, `--${prefix}ca`, "README.md"],
    ], { permissions });
    assertEquals(run, {
      status: 1,
      stdout: "",
      stderr: `${role}: --${prefix}ca README.md has no CERTIFICATE in PEM\n`,
    });
  }
});

/** The flags of a client with a certificate. */
function clientFlags(
  by: Certified,
  { files }: KeyPair,
  prefix = "",
): string[] {
  return [
    ...[`--${prefix}tls`, `--${prefix}ca`, by.files.ca],
    ...[`--${prefix}cert`, files.cert, `--${prefix}key`, files.key],
  ];
}

test("with --client-ca, all three roles identify each other", async (by) => {
  const ca = ["--client-ca", by.files.ca];
  const issue = (name: string) =>
    by.authority.issue(name, { extensions: CLIENTS_ONLY });
  await using server = await RoleProcess.start("server", [
    ...certificateFlags(by),
    ...ca,
  ], { permissions });
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(server.address), "--log", "json"],
    ...[...certificateFlags(by), ...ca],
    ...clientFlags(by, await issue("proxy"), "upstream-"),
  ], { permissions });
  const run = await runClient(
    proxy.address,
    ["-q", "--no-steps", ...clientFlags(by, await issue("alice")), "6 * 7"],
    { permissions },
  );
  assertEquals([run.status, run.stdout, run.stderr], [0, "Result: 42\n", ""]);
  await server.printed("} Client certificate of proxy");
  await proxy.printed('"event":"closed"');
  const records = proxy.lines.map((line) => JSON.parse(line));
  assertEquals(
    records.filter(({ client }) => client).map(({ event, identity }) => [
      event,
      identity,
    ]).slice(0, 3),
    [["connected", undefined], ["identified", "alice"], ["request", "alice"]],
  );
});

test("a refused client reports why, and so do the logs", async (by) => {
  await using server = await RoleProcess.start("server", [
    ...certificateFlags(by),
    ...["--client-ca", by.files.ca],
  ], { permissions });
  const where = formatAddress(server.address);
  const past = (year: number) => new Date(Date.UTC(year, 0, 31));
  const expired = await by.authority.issue("expired", {
    from: past(2020),
    to: past(2021),
  });
  for (
    const [flags, why] of [
      [["--tls", "--ca", by.files.ca], "a client certificate is required"],
      [clientFlags(by, expired), "the client's certificate has expired"],
    ] as const
  ) {
    const run = await runClient(server.address, ["-q", ...flags, "6 * 7"], {
      permissions,
    });
    const message = `${where} refused this client: ${why}`;
    assertEquals(run, { status: 3, stdout: "", stderr: `${message}\n` });
    await server.printed(`} Connection closed: ${why}`);
    await using proxy = await RoleProcess.start("proxy", [
      ...["-s", where],
      ...flags.map((flag) => flag.replace(/^--/, "--upstream-")),
    ], { permissions });
    const asked = await runClient(proxy.address, ["-q", "6 * 7"]);
    assertEquals(asked.status, 3);
    assertStringIncludes(
      asked.stderr,
      "Server and proxy do not trust each other",
    );
    await proxy.printed(`} ${message}`);
  }
});

test("flags for certificates that make no sense are explained", async (by) => {
  const { cert, key, ca } = by.files;
  for (
    const [role, flags, status, line] of [
      [
        "server",
        ["--client-ca", ca],
        2,
        "--client-ca requires --tls-cert and --tls-key",
      ],
      ["client", ["--cert", cert, "--key", key], 2, "--cert requires --tls"],
      [
        "client",
        ["--tls", "--cert", cert],
        2,
        "--cert and --key must be given together",
      ],
      [
        "proxy",
        ["--upstream-key", key],
        2,
        "--upstream-key requires --upstream",
      ],
      [
        "proxy",
        ["--upstream-tls", "--upstream-cert", ca, "--upstream-key", key],
        1,
        `--upstream-cert ${ca} and --upstream-key ${key}: The private key does not match the certificate`,
      ],
    ] as const
  ) {
    const run = await runRole(role, [...flags], { permissions });
    assertEquals([run.status, run.stdout], [status, ""]);
    assertStringIncludes(run.stderr, `${role}: ${line}`);
  }
});

test("the page names a client by its certificate, but has none itself", async (by) => {
  // So that the page trusts the role.
  await Deno.writeTextFile(by.files.cert, by.cert + by.ca);
  await using server = await RoleProcess.start("server", [
    ...["--page", "0", "--client-ca", by.files.ca, ...certificateFlags(by)],
  ], { permissions });
  await server.printed("Page on ");
  const [, page] = /(http:\S+)/.exec(server.lines.join("\n")) ?? [];
  const facts = await fetch(`${page}facts`);
  const alice = await by.authority.issue("alice");
  await assertResult(server.address, clientFlags(by, alice));
  let seen = "";
  for await (const text of facts.body!.pipeThrough(new TextDecoderStream())) {
    seen += text;
    if (seen.includes('"event":"closed"')) break;
  }
  assertStringIncludes(seen, '"identity":"alice"');
  const reply = await fetch(`${page}ask`, {
    method: "POST",
    body: JSON.stringify({ expression: "6 * 7" }),
  });
  assertStringIncludes(
    JSON.stringify(await reply.json()),
    "a client certificate is required",
  );
});

const onUnix = { ignore: ignore || Deno.build.os === "windows" };

Deno.test(
  "tls: on SIGHUP, a role uses new files for new connections, or keeps the old ones",
  onUnix,
  async () => {
    await using by = await Certified.make();
    await using renewed = await Certified.make();
    const { cert, key, ca } = by.files;
    await using server = await RoleProcess.start("server", [
      ...certificateFlags(by),
      ...["--client-ca", ca],
    ], { permissions });
    const { address } = server;
    const alice = await by.authority.issue("alice");
    await assertResult(address, clientFlags(by, alice));
    const old = await Deno.readTextFile(cert);

    await Deno.writeTextFile(cert, renewed.cert);
    server.signal("SIGHUP");
    const kept = "Certificates not reloaded; the old ones stay in use: ";
    await server.printed(
      `${kept}--tls-cert ${cert} and --tls-key ${key}: The private key does not match the certificate`,
    );
    await Deno.remove(cert);
    server.signal("SIGHUP");
    await server.printed(`${kept}cannot read --tls-cert ${cert}: there is no`);
    await Deno.writeTextFile(cert, old);
    await assertResult(address, clientFlags(by, alice));

    await Deno.writeTextFile(cert, renewed.cert);
    await Deno.writeTextFile(key, renewed.key);
    await Deno.writeTextFile(ca, renewed.ca);
    server.signal("SIGHUP");
    await server.printed("Certificates reloaded for new connections");
    const bob = await renewed.authority.issue("bob");
    await assertResult(address, clientFlags(renewed, bob));
    await server.printed("Client certificate of bob");
    const run = await runClient(address, [
      ...["-q", "--tls", "--ca", renewed.files.ca],
      ...["--cert", alice.files.cert, "--key", alice.files.key, "6 * 7"],
    ], { permissions });
    assertStringIncludes(run.stderr, "was not issued by a trusted authority");
  },
);

Deno.test(
  "tls: on SIGHUP, a proxy renews its certificate as a client",
  onUnix,
  async () => {
    await using by = await Certified.make();
    await using server = await RoleProcess.start("server", [
      ...certificateFlags(by),
      ...["--client-ca", by.files.ca],
    ], { permissions });
    const first = await by.authority.issue("first");
    const second = await by.authority.issue("second");
    await using proxy = await RoleProcess.start("proxy", [
      ...["-q", "-s", formatAddress(server.address)],
      ...clientFlags(by, first, "upstream-"),
    ], { permissions });
    await assertResult(proxy.address, []);
    await server.printed("Client certificate of first");
    await Deno.copyFile(second.files.cert, first.files.cert);
    await Deno.copyFile(second.files.key, first.files.key);
    proxy.signal("SIGHUP");
    await proxy.printed("Certificates reloaded");
    await assertResult(proxy.address, ["--no-cache"]);
    await server.printed("Client certificate of second");
  },
);

Deno.test(
  "tls: without files to reload, SIGHUP ends a role, as it always has",
  onUnix,
  async () => {
    await using server = await RoleProcess.start("server");
    assertEquals(await server.end("SIGHUP"), 128 + 1);
  },
);

/** Asks a role and expects the right answer. */
async function assertResult(address: Address, flags: string[]): Promise<void> {
  const args = ["-q", "--no-steps", ...flags, "6 * 7"];
  const run = await runClient(address, args, { permissions });
  assertEquals([run.status, run.stdout, run.stderr], [0, "Result: 42\n", ""]);
}

test("a role needs to listen on its address and to read its files, and nothing else", async (by) => {
  const { cert, key, ca } = by.files;
  const { port } = unusedAddress();
  const alice = await by.authority.issue("alice");
  const address = { hostname: "127.0.0.1", port };
  await using server = await RoleProcess.start("server", [
    ...["-p", `${port}`, ...certificateFlags(by), "--client-ca", ca],
  ], { permissions: [`-N=127.0.0.1:${port}`, `-R=${cert},${key},${ca}`] });
  const { files } = alice;
  const run = await runClient(address, [
    ...["-q", "--no-steps", ...clientFlags(by, alice), "6 * 7"],
  ], {
    permissions: [
      `-N=127.0.0.1:${port}`,
      `-R=${ca},${files.cert},${files.key}`,
    ],
  });
  assertEquals([run.status, run.stdout, run.stderr], [0, "Result: 42\n", ""]);
  server.signal("SIGHUP");
  await server.printed("Certificates reloaded");
});
