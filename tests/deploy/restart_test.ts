/**
 * The script in docs/deploy that restarts a role behind HAProxy.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { Haproxy, hasHaproxy } from "../../tools/harness/haproxy.ts";
import { Load } from "../../tools/harness/load.ts";
import { Roles } from "./roles.ts";

const ignore = !await hasHaproxy();

function test(name: string, run: () => Promise<void>): void {
  const needs = ignore ? " (needs haproxy)" : "";
  Deno.test(`restart.ts: ${name}${needs}`, { ignore }, run);
}

test("it restarts all servers and proxies without an error", async () => {
  await using servers = await Roles.start(3, "server");
  await using haproxy = await Haproxy.start({ servers: servers.addresses });
  const upstream = ["-s", formatAddress(haproxy.misses)];
  await using proxies = await Roles.start(2, "proxy", upstream);
  await using door = await Haproxy.start({ proxies: proxies.addresses });
  using load = new Load(door.clients, { oneEach: true });
  for (const number of [1, 2, 3]) {
    await restart(haproxy, `servers/s${number}`, servers, number);
  }
  for (const number of [1, 2]) {
    await restart(door, `proxies/p${number}`, proxies, number);
  }
  await load.answered(100);
  await load.stop();
  assertEquals(load.errors, []);
});

test("it does not restart the only role", async () => {
  await using servers = await Roles.start(1, "server");
  await using haproxy = await Haproxy.start({ servers: servers.addresses });
  const { code, stderr } = await runRestart(haproxy, "servers/s1", "exit 1");
  assertEquals(code, 1);
  assertEquals(
    new TextDecoder().decode(stderr),
    'Cannot restart servers/s1: nothing else in "servers" is up\n',
  );
  assertEquals(await haproxy.read("servers/s1", "status"), "UP");
});

test("it reports a role that HAProxy does not know", async () => {
  await using haproxy = await Haproxy.start({});
  const { code, stderr } = await runRestart(haproxy, "servers/s9", "exit 1");
  assertEquals([code, new TextDecoder().decode(stderr)], [
    1,
    "Cannot restart servers/s9: HAProxy knows no such server\n",
  ]);
});

test("it names a socket on which no HAProxy listens", async () => {
  const socket = "/nonexistent/haproxy.sock";
  const { code, stderr } = await runRestart({ socket }, "servers/s1", "exit 1");
  assertEquals(code, 1);
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    `Cannot restart servers/s1: no answer from HAProxy on ${socket}: `,
  );
});

/** Runs docs/deploy/restart.ts, with a shell script in place of systemctl. */
function runRestart(
  { socket }: Pick<Haproxy, "socket">,
  role: string,
  script: string,
): Promise<Deno.CommandOutput> {
  const permissions = ["-N", "-R", "-W", "-E=HAPROXY_SOCKET", "--allow-run=sh"];
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", ...permissions, "docs/deploy/restart.ts"],
      ...[role, "sh", "-c", script],
    ],
    cwd: new URL("../..", import.meta.url),
    env: { HAPROXY_SOCKET: socket, NO_COLOR: "1" },
  }).output();
}

/** Restarts a role, as systemd would. */
async function restart(
  haproxy: Haproxy,
  role: string,
  roles: Roles,
  number: number,
): Promise<void> {
  const { pid, ended } = roles.at(number);
  const script = `kill -TERM ${pid}; tail --pid=${pid} -f /dev/null`;
  const restarting = runRestart(haproxy, role, script);
  await Promise.race([ended, restarting]);
  await roles.restart(number);
  const { code, stderr } = await restarting;
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
}
