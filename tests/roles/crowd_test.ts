/**
 * More clients than there is room for, and many who ask nothing.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Address } from "../../lib/net/mod.ts";
import { RoleProcess, runClient } from "../../tools/harness/role_process.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";

const MANY = 10_000;
const FILES = 64;

const isLinux = Deno.build.os === "linux";
const canHoldMany = isLinux && await fileLimit() > MANY + 500;

async function fileLimit(): Promise<number> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", "ulimit -Hn"],
  }).output();
  const limit = new TextDecoder().decode(stdout).trim();
  return limit === "unlimited" ? Infinity : Number(limit);
}

function openFiles(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

async function limitFiles(pid: number, files: number): Promise<void> {
  const { success } = await new Deno.Command("prlimit", {
    args: ["--pid", `${pid}`, `--nofile=${files}`],
  }).output();
  assert(success);
}

async function connectMany(
  address: Address,
  count: number,
): Promise<Deno.Conn[]> {
  const connections: Deno.Conn[] = [];
  while (connections.length < count) {
    connections.push(
      ...await Promise.all(
        Array.from({ length: 100 }, () => Deno.connect(address)),
      ),
    );
  }
  return connections;
}

Deno.test({
  name: `crowd: ${MANY} idle connections take less than 200 MiB${
    canHoldMany ? "" : ` (needs Linux and ${MANY + 500} open files)`
  }`,
  ignore: !canHoldMany,
  async fn() {
    await using server = await RoleProcess.start("server", [
      ...["--max-connections", `${MANY + 1}`],
    ]);
    const connections = await connectMany(server.address, MANY);
    await server.printed("Connection established", MANY);
    const memory = await server.memory();
    assert(memory !== undefined && memory < 200);
    const { stdout } = await runClient(server.address, ["-q", "6 * 7"]);
    assertStringIncludes(stdout, "Result: 42\n");
    for (const connection of connections) connection.close();
  },
});

/** Lets more clients connect than a server has files for, and then leave. */
async function crowdOut(
  flags: { server: string[]; client: string[]; permissions?: string[] },
): Promise<void> {
  const { permissions = ["-N"] } = flags;
  await using server = await RoleProcess.start("server", flags.server, {
    permissions,
  });
  const { address, pid } = server;
  await limitFiles(pid, FILES);
  const connections = await connectMany(address, 100);
  while (openFiles(pid) < FILES) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const connection of connections) connection.close();
  const { stdout } = await runClient(
    address,
    ["-q", "6 * 7", ...flags.client],
    { permissions },
  );
  assertStringIncludes(stdout, "Result: 42\n");
  assertEquals(await server.end(), 0);
}

Deno.test({
  name:
    "crowd: a server that runs out of file descriptors accepts again when it has some",
  ignore: !isLinux,
  fn: () => crowdOut({ server: [], client: [] }),
});

const canTestTls = isLinux && await canCertify();

Deno.test({
  name: `crowd: so does a server with TLS${
    canTestTls ? "" : " (needs Linux and openssl)"
  }`,
  ignore: !canTestTls,
  async fn() {
    await using certified = await Certified.make();
    const { ca, cert, key } = certified.files;
    await crowdOut({
      server: ["--tls-cert", cert, "--tls-key", key],
      client: ["--tls", "--ca", ca],
      permissions: ["-N", "-R"],
    });
  },
});
