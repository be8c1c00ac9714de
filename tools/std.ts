/**
 * Makes `jsr:@std/…` resolve. If JSR is reachable, there is nothing to do.
 * Otherwise it links `.std`, which `deno.json` lists under `links`, to the
 * stand-ins in `tools/npm_std`, which need only the npm registry.
 *
 * @module
 */

const link = ".std";
const standIns = "tools/npm_std";

/**
 * Whether `.std` links to packages. The link may be broken if the checkout was
 * moved, and if JSR is reachable, `.std` contains only the lock file.
 */
async function isLinked(): Promise<boolean> {
  try {
    await Deno.stat(`${link}/cli/deno.json`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * `deno cache` fails immediately if JSR is unreachable; `deno install` reports
 * no failure.
 */
async function jsrAnswers(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "cache",
      "--quiet",
      "--no-lock",
      "server.ts",
      "proxy.ts",
      "client.ts",
    ],
    stderr: "null",
  }).output();
  return success;
}

if (!await isLinked() && !await jsrAnswers()) {
  try {
    await Deno.remove(link, { recursive: true }).catch(() => {});
    // On Windows, a junction needs no privileges, but an absolute path.
    const target = Deno.build.os === "windows"
      ? await Deno.realPath(standIns)
      : standIns;
    await Deno.symlink(target, link, { type: "junction" });
    console.error(`JSR is unreachable: using ${standIns} instead.`);
  } catch (error) {
    // Another task that runs at the same time has just created the link.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
