/**
 * The systemd units in docs/deploy, as systemd reads them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

const UNITS = new URL("../../docs/deploy/systemd/", import.meta.url);

const ignore = await (async () => {
  try {
    const { success } = await systemdAnalyze("--version");
    return !success;
  } catch {
    return true;
  }
})();

const missing = ignore ? " (needs systemd-analyze)" : "";

function systemdAnalyze(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("systemd-analyze", { args }).output();
}

/** A directory with the units, which start the Deno that is installed here. */
async function copyUnits(withTls: boolean): Promise<string> {
  const directory = await Deno.makeTempDir();
  for (const name of ["calc-server@.service", "calc-proxy@.service"]) {
    const unit = await Deno.readTextFile(new URL(name, UNITS));
    const copy = unit.replace("/usr/local/bin/deno", Deno.execPath());
    await Deno.writeTextFile(`${directory}/${name}`, copy);
    if (!withTls) continue;
    await Deno.mkdir(`${directory}/${name}.d`);
    await Deno.copyFile(
      new URL("tls.conf", UNITS),
      `${directory}/${name}.d/tls.conf`,
    );
  }
  return directory;
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

for (const role of ["server", "proxy"]) {
  for (const withTls of [false, true]) {
    const name = `calc-${role}@.service${withTls ? " with tls.conf" : ""}`;
    Deno.test(`${name}: systemd accepts it without a warning${missing}`, {
      ignore,
    }, async () => {
      const directory = await copyUnits(withTls);
      const { code, stdout, stderr } = await systemdAnalyze(
        "verify",
        `${directory}/calc-${role}@.service`,
      );
      await Deno.remove(directory, { recursive: true });
      assertEquals([code, decode(stdout), decode(stderr)], [0, "", ""]);
    });
  }

  Deno.test(`calc-${role}@.service: its exposure is below 2${missing}`, {
    ignore,
  }, async () => {
    const directory = await copyUnits(false);
    const { stdout } = await systemdAnalyze(
      ...["security", "--offline=true", "--no-pager"],
      `${directory}/calc-${role}@.service`,
    );
    await Deno.remove(directory, { recursive: true });
    const [, exposure] = /exposure level .*: ([\d.]+)/.exec(decode(stdout)) ??
      [];
    assert(Number(exposure) < 2, decode(stdout));
  });
}

Deno.test("calc-proxy@.service: it differs from that of the server in names alone", async () => {
  const [server = "", proxy = ""] = await Promise.all(
    ["calc-server@.service", "calc-proxy@.service"].map(async (name) => {
      const text = await Deno.readTextFile(new URL(name, UNITS));
      // What a comment says differs.
      return text.replace(/^#.*\n/gm, "");
    }),
  );
  assertEquals(proxy, server.replaceAll("server", "proxy"));
});
