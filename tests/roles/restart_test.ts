/**
 * Servers that are restarted one after the other, while a proxy asks them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Address, formatAddress } from "../../lib/net/mod.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";
import { CLIENTS, Load } from "../../tools/harness/load.ts";

/** How many restarts there are, of the two servers in turn. */
const RESTARTS = 8;

const ignore = Deno.build.os !== "linux";

for (
  const [how, signals, flags] of [
    ["SIGTERM", ["SIGTERM"], []],
    ["SIGKILL", ["SIGKILL"], []],
    [
      "either signal, with connections kept",
      ["SIGTERM", "SIGKILL"],
      ["--upstream-connections", `${CLIENTS}`],
    ],
  ] as [how: string, signals: Deno.Signal[], flags: string[]][]
) {
  const needs = ignore ? " (needs Linux)" : "";
  Deno.test(
    `restart: two servers, restarted in turn by ${how}, cost no request${needs}`,
    { ignore },
    async () => {
      const first = await startServer();
      const servers = [first, await startServer(first.address)];
      await using proxy = await RoleProcess.start("proxy", [
        ...["-s", formatAddress(first.address), ...flags],
      ]);
      using load = new Load(proxy.address);
      for (let restart = 0; restart < RESTARTS; restart++) {
        await load.answered(20 * CLIENTS);
        const index = restart % 2;
        await servers[index]?.end(signals[restart % signals.length]);
        servers[index] = await startServer(first.address);
      }
      await load.stop();
      for (const server of servers) await server.end();
      assert(load.answers > RESTARTS * 20 * CLIENTS);
      assertEquals(load.errors, []);
    },
  );
}

/** Starts a server that shares its port with the others. */
function startServer(address?: Address): Promise<RoleProcess> {
  const port = address ? ["-p", `${address.port}`] : [];
  return RoleProcess.start("server", ["--share-port", ...port]);
}
