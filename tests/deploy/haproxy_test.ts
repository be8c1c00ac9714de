/**
 * HAProxy with the configuration in docs/deploy, in front of real roles.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { decodeResponse, encodeRequest } from "../../lib/message/mod.ts";
import {
  ask,
  connect,
  formatAddress,
  NoAnswerError,
} from "../../lib/net/mod.ts";
import {
  CONFIGURATION,
  Haproxy,
  hasHaproxy,
} from "../../tools/harness/haproxy.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import { Load } from "../../tools/harness/load.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";
import { Roles } from "./roles.ts";

const ignore = !await hasHaproxy();

const needs = ignore ? " (needs haproxy)" : "";

function test(name: string, run: () => Promise<void>): void {
  Deno.test(`haproxy.cfg: ${name}${needs}`, { ignore }, run);
}

/** How many answers to wait for before something happens, and after it. */
const SOME = 100;

test("HAProxy accepts it without a warning", async () => {
  const { code, stdout, stderr } = await new Deno.Command("haproxy", {
    args: ["-c", "-dW", "-f", CONFIGURATION],
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(code, 0, decode(stderr));
  assertMatch(decode(stdout), /valid/);
});

for (
  const [how, flags] of [
    ["", []],
    [", with connections kept", ["--upstream-connections", "8"]],
  ] as [how: string, flags: string[]][]
) {
  test(`a server killed, one stopped and one drained cost a proxy no request${how}`, async () => {
    await using servers = await Roles.start(3, "server");
    await using haproxy = await Haproxy.start({ servers: servers.addresses });
    await using proxy = await RoleProcess.start("proxy", [
      ...["-s", formatAddress(haproxy.misses), ...flags],
    ]);
    using load = new Load(proxy.address);
    await load.answered(SOME);

    await servers.at(1).end("SIGKILL");
    await haproxy.until("servers/s1", "DOWN");
    await load.answered(SOME);
    await servers.restart(1);
    await haproxy.until("servers/s1", "UP");

    servers.at(2).signal("SIGSTOP");
    await haproxy.until("servers/s2", "DOWN");
    await load.answered(SOME);

    await haproxy.command("set server servers/s3 state drain");
    await load.answered(SOME);
    const before = await haproxy.read("servers/s3", "stot");
    await load.answered(SOME);
    assertEquals(await haproxy.read("servers/s3", "stot"), before);
    assertEquals(await servers.at(3).end(), 0);
    await servers.restart(3);
    await haproxy.command("set server servers/s3 state ready");
    await load.answered(SOME);

    await load.stop();
    servers.at(2).signal("SIGCONT");
    assertEquals(load.errors, []);
  });
}

test("one of three servers is enough", async () => {
  await using servers = await Roles.start(3, "server");
  await using haproxy = await Haproxy.start({ servers: servers.addresses });
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(haproxy.misses)],
  ]);
  using load = new Load(proxy.address);
  await load.answered(SOME);
  servers.at(2).signal("SIGSTOP");
  await servers.at(1).end("SIGKILL");
  await haproxy.until("servers/s2", "DOWN");
  await load.answered(SOME);
  await load.stop();
  servers.at(2).signal("SIGCONT");
  assertEquals(load.errors, []);
});

test("proxies whose servers have failed go on with hits", async () => {
  await using servers = await Roles.start(1, "server");
  await using haproxy = await Haproxy.start({ servers: servers.addresses });
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", formatAddress(haproxy.misses)],
  ]);
  await using door = await Haproxy.start({ proxies: [proxy.address] });
  const request = encodeRequest("6 * 7");
  decodeResponse(await ask(door.clients, request));
  await servers.at(1).end("SIGKILL");
  await haproxy.until("servers/s1", "DOWN");
  const checks = () => proxy.lines.filter((line) => /Cache hit/.test(line));
  const { length } = checks();
  await proxy.printed("Cache hit", length + 3);
  await door.until("proxies/p1", "UP");
  assertEquals(decodeResponse(await ask(door.clients, request)).result, "42");
});

test("a client that half-closes gets all of its responses", async () => {
  await using servers = await Roles.start(1, "server");
  await using haproxy = await Haproxy.start({ proxies: servers.addresses });
  const { hostname, port } = haproxy.clients;
  const conn = await Deno.connect({ hostname, port });
  const { bytes } = encodeRequest("6 * 7", { steps: false });
  await conn.write(bytes);
  await conn.write(bytes);
  await conn.closeWrite();
  const received = new Uint8Array(
    await new Response(conn.readable).arrayBuffer(),
  );
  assertEquals(received.length, 2 * 17);
});

test("a client has at most 100 connections", async () => {
  await using servers = await Roles.start(1, "server");
  await using haproxy = await Haproxy.start({ proxies: servers.addresses });
  const request = encodeRequest("6 * 7");
  using open = new DisposableStack();
  for (let count = 0; count < 100; count++) {
    await open.use(await connect(haproxy.clients)).ask(request);
  }
  await assertRejects(() => ask(haproxy.clients, request), NoAnswerError);
});

test("its log says which client a role's log means", async () => {
  await using servers = await Roles.start(1, "server");
  await using haproxy = await Haproxy.start({ proxies: servers.addresses });
  await ask(haproxy.clients, encodeRequest("6 * 7"));
  // Shorter than the request of a check.
  await servers.at(1).printed("length 18 bytes");
  const [, address = ""] =
    servers.at(1).lines.join("\n").match(/\{(\S+)\} Got .* 18 bytes/) ?? [];
  const deadline = performance.now() + 10_000;
  const isLogged = () =>
    haproxy.lines.some((line) => line.includes(`-> ${address} proxies/p1`));
  while (!isLogged() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert(isLogged(), `${address} in ${haproxy.lines.join("\n")}`);
});

test("checks are closed in good order", async () => {
  await using servers = await Roles.start(1, "server");
  await using _haproxy = await Haproxy.start({ servers: servers.addresses });
  await servers.at(1).printed("Connection closed", 2);
  assertEquals(
    servers.at(1).lines.filter((line) => /closed:|reset|refused/.test(line)),
    [],
  );
});

const isTlsIgnored = ignore || !await canCertify();

Deno.test(
  `haproxy.cfg: roles with TLS are checked over TLS${
    isTlsIgnored ? " (needs haproxy and openssl)" : ""
  }`,
  { ignore: isTlsIgnored },
  async () => {
    await using certified = await Certified.make();
    const { ca, cert, key } = certified.files;
    const tls = ["--tls-cert", cert, "--tls-key", key];
    await using server = await RoleProcess.start("server", tls, {
      permissions: ["-N", "-R"],
    });
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(
      `${directory}/check.pem`,
      certified.cert + certified.key,
    );
    const configuration = `${directory}/haproxy.cfg`;
    await Deno.writeTextFile(
      configuration,
      (await Deno.readTextFile(CONFIGURATION))
        .replace("#default-server check-ssl", "default-server check-ssl")
        .replace("/etc/haproxy/ca.pem", ca)
        .replace("/etc/haproxy/check.pem", `${directory}/check.pem`),
    );
    await using haproxy = await Haproxy.start(
      { proxies: [server.address] },
      configuration,
    );
    const response = await ask(haproxy.clients, encodeRequest("6 * 7"), {
      tls: { caCerts: [certified.ca] },
    });
    assertEquals(decodeResponse(response).result, "42");
    await Deno.remove(directory, { recursive: true });
  },
);
