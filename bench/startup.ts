/**
 * Times whole processes from start to exit: a client that evaluates one
 * expression, compared with the minimum that Deno and Python can do.
 *
 * @module
 */

import { machine } from "./machine.ts";
import { startServer } from "./process.ts";
import { number, ratio, Table } from "./table.ts";

/** How many times to run each command, in turns, after a warm-up run. */
const RUNS = 20;

const ROOT = new URL("..", import.meta.url);

await using server = await startServer();
const deno = Deno.execPath();
const python = await findPython();

const port = `${server.address.port}`;
const client = ["run", "-N", "client.ts", "-q", "-p", port, "max(2, 3) + 3"];
const commands: readonly Timed[] = [
  { name: "client.ts, one answer", command: [deno, ...client], times: [] },
  { name: "deno eval ''", command: [deno, "eval", ""], times: [] },
  ...(python === undefined ? [] : [
    { name: "python3 -c pass", command: [python, "-c", "pass"], times: [] },
  ]),
];

for (let run = 0; run <= RUNS; run++) {
  for (const { command, times } of commands) {
    const time = await timeOf(command);
    if (run > 0) times.push(time);
  }
}

console.log(`${machine()}\n`);
const heads = ["median ms", "fastest ms", "client is"];
const table = new Table("Start to exit, whole process", 28, heads);
const clientTime = median(commands[0]?.times ?? []);
for (const { name, times } of commands) {
  table.row(name, [
    number(median(times)),
    number(Math.min(...times)),
    ratio(clientTime, median(times)),
  ]);
}
if (python === undefined) console.log("python3 is not installed.");

/** A command and its run times in milliseconds. */
interface Timed {
  readonly name: string;
  readonly command: readonly string[];
  readonly times: number[];
}

/** The interpreter itself: the one in the path may be a wrapper script. */
async function findPython(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", "import sys; print(sys.executable, end='')"],
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function timeOf([program, ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  const { success } = await new Deno.Command(program ?? "", {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
  }).spawn().status;
  if (!success) throw new Error(`Failed: ${program} ${args.join(" ")}`);
  return performance.now() - start;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
