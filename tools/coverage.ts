/**
 * Prints the coverage of lib/ that the tests have written to .coverage. Tests kill
 * some processes, which may leave a file that is cut short: such files are left out.
 *
 * @module
 */

const DIRECTORY = ".coverage";

for await (const { name } of Deno.readDir(DIRECTORY)) {
  const path = `${DIRECTORY}/${name}`;
  if (name.endsWith(".json") && !isJson(await Deno.readTextFile(path))) {
    await Deno.remove(path);
  }
}
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["coverage", "--quiet", "--include=/lib/", DIRECTORY],
}).spawn().status;
Deno.exitCode = code;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
