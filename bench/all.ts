/**
 * Runs the benchmarks, each part in a separate process: all parts, or those
 * given by name.
 *
 * @module
 */

const PARTS = new Map([
  ["micro", ["bench", "-A", "bench"]],
  ["load", ["run", "-A", "bench/load.ts"]],
  ["growth", ["run", "-A", "bench/growth.ts"]],
  ["fairness", ["run", "-A", "bench/fairness.ts"]],
  ["startup", ["run", "-A", "bench/startup.ts"]],
  ["page", ["run", "-A", "bench/page.ts"]],
  ["haproxy", ["run", "-A", "bench/haproxy.ts"]],
  ["shared", ["run", "-A", "bench/shared.ts"]],
]);

const named = Deno.args.length > 0 ? Deno.args : [...PARTS.keys()];
const unknown = named.find((name) => !PARTS.has(name));
if (unknown !== undefined) {
  const parts = [...PARTS.keys()].join(", ");
  console.error(`bench: no part is called "${unknown}", only ${parts}`);
  Deno.exit(2);
}
for (const name of named) {
  console.log(`\n# ${name}\n`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: PARTS.get(name) ?? [],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
  }).spawn().status;
  if (code !== 0) Deno.exitCode = 1;
}
