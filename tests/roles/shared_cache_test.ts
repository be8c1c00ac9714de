import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { Certified } from "../../tools/harness/certificate.ts";
import { hasRedis, RedisServer } from "../../tools/harness/redis_server.ts";
import {
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

const ignore = !await hasRedis();

function test(name: string, body: () => Promise<void>): void {
  const missing = ignore ? " (needs redis-server)" : "";
  Deno.test(`shared cache: ${name}${missing}`, { ignore }, body);
}

/** Evaluates an expression through a proxy. */
async function evaluate(proxy: RoleProcess, expression: string) {
  const { stdout } = await runClient(proxy.address, ["-q", expression]);
  return stdout;
}

test("two proxies share it, with -N alone, and report when it fails", async () => {
  await using redis = await RedisServer.start([], { password: "s3cret" });
  await using server = await RoleProcess.start("server");
  const url = redis.url.replace("//", "//:s3cret@");
  const flags = [
    ...["-s", formatAddress(server.address), "--shared", url],
    // A busy machine must not look like a slow engine.
    ...["--shared-timeout", "5000"],
  ];
  await using one = await RoleProcess.start("proxy", flags);
  await using other = await RoleProcess.start("proxy", [
    ...[...flags, "--log", "json"],
  ]);
  await one.printed("is up");
  await other.printed("shared cache up");
  const first = await evaluate(one, "1 + 2");
  assertEquals(await evaluate(other, "1 + 2"), first);
  await other.printed('"event":"hit"');
  await server.end();
  assertEquals(await evaluate(other, "1 + 2"), first);
  await redis.signal("SIGKILL");
  for (const proxy of [one, other]) await proxy.printed("down");
  assertEquals(await evaluate(one, "1 + 2"), first);
  for (const proxy of [one, other]) {
    assertEquals(await proxy.end(), 0);
    assert(!proxy.lines.join().includes("s3cret"));
  }
  const about = one.lines.filter((line) => line.startsWith("Shared cache"));
  assertEquals(about.map((line) => line.replace(/: .*/, "")), [
    `Shared cache ${redis.url} is up`,
    `Shared cache ${redis.url} is down`,
  ]);
  const events = other.lines.map((line) => JSON.parse(line));
  assertEquals(
    events.filter(({ tier }) => tier).map(({ tier, event }) => [tier, event]),
    [["shared", "hit"], ["memory", "stored"], ["memory", "hit"]],
  );
  const { sharedHits, sharedMisses } = events.at(-1);
  assertEquals([sharedHits, sharedMisses], [1, 0]);
});

test("a wrong password does not keep a proxy from starting", async () => {
  await using redis = await RedisServer.start([], { password: "s3cret" });
  await using server = await RoleProcess.start("server");
  const file = await Deno.makeTempFile();
  const url = redis.url.replace("//", "//:mistaken@");
  await Deno.writeTextFile(file, `# The engine\n\n${url}\n`);
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(server.address), "--shared-file", file, "-v"],
  ], { permissions: ["-N", "-R"] });
  await proxy.printed("Shared cache");
  assert((await evaluate(proxy, "1 + 2")).includes("3"));
  await proxy.end();
  const about = proxy.lines.filter((line) => line.includes("Shared cache"));
  assertEquals(about.map((line) => line.replace(/^.*?(?=Shared)/, "")), [
    `Shared cache ${redis.url} is down: ` +
    "WRONGPASS invalid username-password pair or user is disabled.",
  ]);
  assert(!proxy.lines.join().includes("mistaken"));
  await Deno.remove(file);
});

test("an engine without passwords that repeats one is not quoted", async () => {
  await using redis = await RedisServer.start(["--rename-command", "AUTH", ""]);
  const url = redis.url.replace("//", "//joe:s3cret@");
  await using proxy = await RoleProcess.start("proxy", ["--shared", url]);
  await proxy.printed("Shared cache");
  assertEquals(
    proxy.lines[1],
    `Shared cache ${redis.url} is down: ERR unknown command 'AUTH'`,
  );
});

test("over TLS, with a private authority", async () => {
  await using certified = await Certified.make();
  const { cert, key, ca } = certified.files;
  const { port } = unusedAddress();
  await using _redis = await RedisServer.start([
    ...["--tls-port", `${port}`, "--tls-auth-clients", "no"],
    ...["--tls-cert-file", cert, "--tls-key-file", key],
    ...["--tls-ca-cert-file", ca],
  ]);
  const url = `rediss://127.0.0.1:${port}`;
  await using proxy = await RoleProcess.start("proxy", [
    ...["--shared", url, "--shared-ca", ca, "--shared-timeout", "5000"],
  ], { permissions: ["-N", "-R"] });
  await proxy.printed(`Shared cache ${url} is up`);
});

Deno.test("shared cache: a wrong flag is explained in one line, without the password", async () => {
  const expected = "expected redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], " +
    "or rediss:// for TLS";
  const cases: [flags: string[], complaint: string][] = [
    [
      ["--shared", "http://:s3cret@host"],
      `--shared: ${expected}: ` +
      "it begins with neither redis:// nor rediss://",
    ],
    [
      ["--shared", "redis://:s3#cret@host"],
      `--shared: ${expected}: ` +
      "its host or port is invalid, or its password needs encoding",
    ],
    [["--shared-ca", "ca.pem"], "--shared-ca requires --shared"],
    [["--shared-timeout", "20"], "--shared-timeout requires --shared"],
    [
      ["--shared", "redis://:s3cret@host", "--shared-ca", "ca.pem"],
      "--shared-ca requires rediss://",
    ],
    [
      ["--shared", "redis://:s3cret@host", "--shared-timeout", "0"],
      '--shared-timeout takes a whole number from 1 to 10000: received "0"',
    ],
  ];
  for (const [flags, complaint] of cases) {
    const { status, stderr } = await runRole("proxy", ["-p", "0", ...flags]);
    assertEquals([status, stderr.split("\n")[0]], [2, `proxy: ${complaint}`]);
    assert(!stderr.includes("s3"));
  }
});
