import { assertEquals, assertRejects } from "@std/assert";
import { encodeRequest } from "../../lib/message/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { RoleProcess, runClient } from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

for (const role of ["server", "proxy"] as const) {
  Deno.test({
    name: `${role}: shuts down gracefully on a signal right after it listens`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const statuses: number[] = [];
      // Whether a signal comes too early is a matter of chance.
      for (let times = 0; times < 5; times++) {
        await using started = await RoleProcess.start(role);
        statuses.push(await started.end("SIGTERM"));
      }
      assertEquals(statuses, [0, 0, 0, 0, 0]);
    },
  });
}

Deno.test({
  name: "proxy: a second signal ends it at once, even with a request pending",
  ignore: Deno.build.os === "windows",
  async fn() {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const proxy = await RoleProcess.start("proxy", [
      ...["-s", formatAddress(silent.addr), "--grace", "86400"],
      ...["--upstream-timeout", "86400"],
    ]);
    using client = await Deno.connect(proxy.address);
    await client.write(encodeRequest("6 * 7").bytes);
    using asked = await silent.accept();
    await asked.read(new Uint8Array(100));
    proxy.signal("SIGTERM");
    // It listens no more: it has heard the first one.
    await assertRejects(async () => {
      for (;;) (await Deno.connect(proxy.address)).close();
    }, Error);
    assertEquals(await proxy.end("SIGINT"), 1);
  },
});

Deno.test({
  name: "proxy: a server that gives no answer does not delay the shutdown",
  ignore: Deno.build.os === "windows",
  async fn() {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    for (
      const [server, flags] of [
        [unusedAddress(), ["--attempts", "2", "--retry-delay", "86400000"]],
        [silent.addr, ["--upstream-timeout", "86400"]],
      ] as const
    ) {
      await using proxy = await RoleProcess.start("proxy", [
        ...["-s", formatAddress(server), "--grace", "0.1", ...flags],
      ]);
      using client = await Deno.connect(proxy.address);
      await client.write(encodeRequest("6 * 7").bytes);
      await proxy.printed("Connection established");
      const status = proxy.end();
      await proxy.printed("Counters: ");
      assertEquals(await status, 0);
    }
  },
});

Deno.test({
  name: "server: an unread log delays neither clients nor the shutdown",
  ignore: Deno.build.os === "windows",
  async fn() {
    const address = unusedAddress();
    const server = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-N", "server.ts", "-p", `${address.port}`],
        ...["--grace", "0.1"],
      ],
      cwd: new URL("../..", import.meta.url),
      stdin: "null",
      stdout: "piped",
    }).spawn();
    // Far more than a pipe holds.
    const expressions = Array.from({ length: 1000 }, (_, i) => `${i}`);
    await using patient = await RoleProcess.start("proxy", [
      ...["-s", formatAddress(address), "--attempts", "1000"],
      ...["--retry-delay", "20"],
    ]);
    const { status } = await runClient(patient.address, expressions);
    assertEquals(status, 0);
    server.kill();
    assertEquals((await server.status).code, 0);
    await server.stdout.cancel();
  },
});
