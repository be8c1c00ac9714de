/**
 * Makes `jsr:@std/…` resolve. Where JSR answers, nothing is to be done. Where
 * only the npm registry does, `.std` is linked to the stand-ins of
 * `tools/npm_std`, which `deno.json` lists under `links`.
 *
 * @module
 */

const link = ".std";
const standIns = "tools/npm_std";

/**
 * Whether the link leads to packages. A moved checkout may have left one that
 * leads nowhere, and where JSR answers, `.std` holds nothing but the lock file.
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

/** `deno cache` fails at once when JSR does not answer; `deno install` reports no failure. */
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
    // A junction, which Windows makes for anybody, leads to an absolute path.
    const target = Deno.build.os === "windows"
      ? await Deno.realPath(standIns)
      : standIns;
    await Deno.symlink(target, link, { type: "junction" });
    console.error(`JSR does not answer: ${link} → ${standIns} stands in.`);
  } catch (error) {
    // Two tasks started at once: the other one has just made the link.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
