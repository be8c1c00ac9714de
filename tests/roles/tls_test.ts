import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import {
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";

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

test("beyond loopback, only plain connections cause a warning", async (by) => {
  const [plain, tls] = await Promise.all([
    warnings([]),
    warnings(certificateFlags(by)),
  ]);
  assertStringIncludes(plain, "Warning: ");
  assertEquals(tls, "");
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
      assertEquals(await warnings([...flags], role), warning);
    }
  }
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
      /network access is not allowed: run with -N/,
    ],
    [
      ["--tls-cert", ca, "--tls-key", key],
      ["-N", "-R"],
      /cannot listen on 127.0.0.1:0: The private key does not match the certificate/,
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
