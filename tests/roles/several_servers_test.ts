/**
 * A proxy with several servers, which fail one by one.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Address, formatAddress } from "../../lib/net/mod.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import {
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { CLIENTS, Load } from "../../tools/harness/load.ts";

/** How long a server may hold a request, in seconds. */
const TIMEOUT = 2;

/** What a proxy has logged about its servers, which can be awaited. */
class Notices {
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();
  /** Takes a line of the log. */
  readonly onLine = (line: string): void => {
    if (!line.startsWith("Server ")) return;
    this.#lines.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  };

  /** Waits for a line, which is then forgotten. */
  async take(text: string): Promise<string> {
    while (true) {
      const index = this.#lines.findIndex((line) => line.includes(text));
      if (index >= 0) return this.#lines.splice(index, 1)[0] ?? "";
      await this.#changed.promise;
    }
  }
}

const ignore = Deno.build.os === "windows" || !await canCertify();
const needs = ignore ? " (needs signals and openssl)" : "";

for (
  const [transport, kept] of [["TCP", 0], ["TLS", CLIENTS]] as const
) {
  const how = kept > 0 ? "connections kept" : "a connection for each miss";
  Deno.test(
    `several servers: killed, stopped and restarted one by one, they cost no request, over ${transport} with ${how}${needs}`,
    { ignore },
    async () => {
      await using by = await Certified.make();
      const { cert, key, ca } = by.files;
      const isSecure = transport === "TLS";
      const permissions = ["-N", "-R"];
      const start = (port: number) =>
        RoleProcess.start("server", [
          ...["-p", `${port}`],
          ...(isSecure ? ["--tls-cert", cert, "--tls-key", key] : []),
        ], { keep: "first", permissions });
      const servers = await Promise.all([start(0), start(0), start(0)]);
      const notices = new Notices();
      await using proxy = await RoleProcess.start("proxy", [
        ...servers.flatMap(({ address }) => ["-s", formatAddress(address)]),
        ...["--upstream-timeout", `${TIMEOUT}`, "--rest", "0.5"],
        ...["--upstream-connections", `${kept}`],
        ...(isSecure ? ["--upstream-tls", "--upstream-ca", ca] : []),
      ], { keep: "first", permissions, onLine: notices.onLine });
      using load = new Load(proxy.address);
      await load.answered(10 * CLIENTS);
      for (const [index, server] of servers.entries()) {
        const name = `Server ${formatAddress(server.address)}`;

        server.signal("SIGSTOP");
        const rests = await notices.take(`${name} rests for 0.5 s: `);
        assertStringIncludes(rests, `within ${TIMEOUT} s`);
        // No request that is sent from now on waits for it.
        load.mark();
        await load.answered(20 * CLIENTS);
        assert(load.longest < 1000 * TIMEOUT, `${load.longest} ms`);
        server.signal("SIGCONT");
        await notices.take(`${name} is back`);

        await server.end(index === 1 ? "SIGTERM" : "SIGKILL");
        await notices.take(`${name} rests for 0.5 s: `);
        await load.answered(10 * CLIENTS);
        servers[index] = await start(server.address.port);
        await notices.take(`${name} is back`);
      }
      await load.stop();
      for (const server of servers) await server.end();
      assertEquals(load.errors, []);
    },
  );
}

/** The flags for servers, one for each. */
function to(...servers: readonly Address[]): string[] {
  return servers.flatMap((server) => ["-s", formatAddress(server)]);
}

Deno.test("several servers: they take turns, and the counters name each of them", async () => {
  await using one = await RoleProcess.start("server");
  await using two = await RoleProcess.start("server");
  const down = unusedAddress();
  await using proxy = await RoleProcess.start(
    "proxy",
    to(one.address, down, two.address),
  );
  await runClient(proxy.address, ["-q", "1", "2", "3", "4", "5", "6", "1"]);
  await proxy.end();
  const [first, second, third] = [one.address, down, two.address]
    .map((address) => formatAddress(address));
  const counted = proxy.lines.filter((line) => line.startsWith("Counters of"));
  assertEquals(
    counted.toSorted(),
    [
      `Counters of ${first}: attempts 3, failures 0`,
      `Counters of ${second}: attempts 1, failures 1, resting`,
      `Counters of ${third}: attempts 3, failures 0`,
    ].toSorted(),
  );
  assertEquals(proxy.lines.filter((line) => line.startsWith("Server")), [
    `Server ${second} rests for 10 s: Connection refused by ${second}`,
  ]);
});

Deno.test("several servers: -v and JSON say which server was asked, and by whom", async () => {
  await using server = await RoleProcess.start("server");
  const down = unusedAddress();
  const flags = [...to(down, server.address), "--rest", "0.1"];
  const [bad, good] = [formatAddress(down), formatAddress(server.address)];
  await using verbose = await RoleProcess.start("proxy", [...flags, "-v"]);
  await runClient(verbose.address, ["-q", "1"]);
  await verbose.printed("Connection closed");
  const lines = verbose.lines
    .filter((line) => /Asking|Attempt|Server/.test(line))
    .map((line) => line.replace(/^[\d:.]+ ({.*?} )?/, ""));
  assertEquals(lines, [
    `Asking ${bad}, attempt 1`,
    `Attempt 1 failed: Connection refused by ${bad}`,
    `Server ${bad} rests for 0.1 s: Connection refused by ${bad}`,
    `Asking ${good}, attempt 1`,
  ]);

  await using json = await RoleProcess.start("proxy", [
    ...[...flags, "--log", "json"],
  ]);
  const asked = () => runClient(json.address, ["-q", "--no-cache", "1"]);
  await asked();
  await json.printed('"event":"resting"');
  while (!json.lines.some((line) => line.includes('"client":"probe"'))) {
    await asked();
  }
  await using _ = await RoleProcess.start("server", ["-p", `${down.port}`]);
  while (!json.lines.some((line) => line.includes('"event":"back"'))) {
    await asked();
  }
  const events = json.lines.map((line) => {
    const { time: _, ...fact } = JSON.parse(line);
    return fact;
  });
  assertEquals(events.find(({ event }) => event === "resting"), {
    event: "resting",
    server: bad,
    rest: 0.1,
    error: `Connection refused by ${bad}`,
  });
  assertEquals(events.find(({ event }) => event === "back"), {
    event: "back",
    server: bad,
  });
});

Deno.test("several servers: if none answers, the error says how many there are", async () => {
  const [one, two] = [unusedAddress(), unusedAddress()];
  await using proxy = await RoleProcess.start("proxy", [
    ...[...to(one, two), "--attempts", "2", "--retry-delay", "10"],
  ]);
  const { status, stdout } = await runClient(proxy.address, ["1 + 2"]);
  assertEquals(status, 3);
  assertStringIncludes(stdout, "Connection refused by server");
  await proxy.printed("Connection closed");
  assert(
    proxy.lines.some((line) =>
      /No answer from 2 servers: Connection refused by .* after 2 attempts$/
        .test(line)
    ),
  );
});

Deno.test("several servers: none of them may be the proxy itself", async () => {
  const { port } = unusedAddress();
  const itself = { hostname: "127.0.0.1", port };
  const flags = to(unusedAddress(), itself);
  assertEquals(await runRole("proxy", ["-p", `${port}`, ...flags]), {
    status: 1,
    stdout: "",
    stderr:
      `proxy: the server at 127.0.0.1:${port} is this proxy itself: choose another one with -s\n`,
  });
});

Deno.test("several servers: one listed twice counts once", async () => {
  const address = unusedAddress();
  await using proxy = await RoleProcess.start("proxy", [
    ...[...to(address, address), "--attempts", "1"],
  ]);
  await runClient(proxy.address, ["1"]);
  await proxy.printed("Connection closed");
  assertEquals(
    proxy.lines.filter((line) => /server/i.test(line)),
    [],
  );
});

/** Runs a command with a file mounted over the hosts file of the system. */
function withHosts(hosts: string): string[] {
  const script = `mount --bind ${hosts} /etc/hosts && exec "$@"`;
  return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
}

async function canMount(): Promise<boolean> {
  const [program = "", ...args] = [...withHosts("/etc/hosts"), "true"];
  try {
    return (await new Deno.Command(program, { args }).output()).success;
  } catch {
    return false;
  }
}

const canName = Deno.build.os === "linux" && await canMount();

Deno.test({
  name: `several servers: a name with several addresses counts as several${
    canName ? "" : " (needs Linux and unshare)"
  }`,
  ignore: !canName,
  async fn() {
    const hosts = await Deno.makeTempFile();
    const resolveTo = (...addresses: string[]) =>
      Deno.writeTextFile(
        hosts,
        addresses.map((address) => `${address} calc.example\n`).join(""),
      );
    await resolveTo("127.0.0.1", "127.0.0.2", "127.0.0.3");
    await using one = await RoleProcess.start("server");
    const { port } = one.address;
    await using two = await RoleProcess.start("server", [
      ...["-H", "127.0.0.2", "-p", `${port}`],
    ]);
    const notices = new Notices();
    await using proxy = await RoleProcess.start("proxy", [
      ...["-s", `calc.example:${port}`],
    ], { under: withHosts(hosts), onLine: notices.onLine });
    await runClient(proxy.address, ["-q", "1", "2", "3", "4", "5", "6"]);
    const third = `127.0.0.3:${port}`;
    assertEquals(
      await notices.take(""),
      `Server ${third} rests for 10 s: Connection refused by ${third}`,
    );
    const isRequest = (line: string) => line.includes("Got request");
    await Promise.all([one, two].map((each) => each.printed("Got request", 3)));
    assertEquals(one.lines.filter(isRequest).length, 3);
    assertEquals(two.lines.filter(isRequest).length, 3);

    // As if a container had been started anew.
    await resolveTo("127.0.0.2", "127.0.0.4");
    await using _ = await RoleProcess.start("server", [
      ...["-H", "127.0.0.4", "-p", `${port}`],
    ]);
    using load = new Load(proxy.address);
    await notices.take(`Server 127.0.0.1:${port} is gone`);
    await notices.take(`Server ${third} is gone`);
    await load.stop();
    assertEquals(load.errors, []);
    await Deno.remove(hosts);
  },
});
