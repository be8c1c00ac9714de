/**
 * `--every` at the client.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeSuccess } from "../../lib/message/mod.ts";
import { type Address, formatAddress } from "../../lib/net/mod.ts";
import type { Frame } from "../../lib/protocol/mod.ts";
import { serve } from "../../lib/serve.ts";
import {
  linesOf,
  RoleProcess,
  runClient,
} from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

/** A client that repeats its expressions until it is interrupted. */
class Repeating {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #watchdog: ReturnType<typeof setTimeout>;
  readonly #stderr: Promise<string>;

  constructor({ hostname, port }: Address, args: string[], input = "") {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-N", "client.ts", "-H", hostname, "-p", `${port}`],
        ...args,
      ],
      cwd: new URL("../..", import.meta.url),
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#stderr = new Response(this.#child.stderr).text();
    // What never happens is an error, and not an endless wait.
    this.#watchdog = setTimeout(() => this.#child.kill("SIGKILL"), 20_000);
    this.#type(input);
  }

  /** The next line. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Ended: ${await this.#stderr}`);
    return value;
  }

  /** Waits for a line that has a text in it. */
  async shows(text: string): Promise<void> {
    while (!(await this.line()).includes(text));
  }

  /** Presses Ctrl-C. */
  async interrupt(): Promise<{ status: number; stderr: string; last: string }> {
    this.#child.kill("SIGINT");
    let last = "";
    for await (const line of this.#lines) last = line;
    const { code } = await this.#child.status;
    clearTimeout(this.#watchdog);
    return { status: code, stderr: await this.#stderr, last };
  }

  async #type(input: string): Promise<void> {
    const keys = this.#child.stdin.getWriter();
    await keys.write(new TextEncoder().encode(input));
    await keys.close();
  }
}

const OFTEN = ["--every", "0.1"];
const ONCE_A_DAY = ["--every", "86400"];

Deno.test("every: all expressions are repeated until Ctrl-C", async () => {
  await using server = await RoleProcess.start("server");
  const args = [...OFTEN, "-q", "--no-steps", "1+1", "6*7"];
  const client = new Repeating(server.address, args);
  for (let round = 0; round < 3; round++) {
    assertEquals(await client.line(), "Result: 2");
    assertEquals(await client.line(), "Result: 42");
  }
  const { status, stderr } = await client.interrupt();
  assertEquals([status, stderr], [0, ""]);
});

Deno.test("every: the lines of a pipe are repeated, too", async () => {
  await using server = await RoleProcess.start("server");
  const args = [...OFTEN, "-q", "--no-steps"];
  const client = new Repeating(server.address, args, "1+1\n6*7\n");
  for (let round = 0; round < 2; round++) {
    assertEquals(await client.line(), "Result: 2");
    assertEquals(await client.line(), "Result: 42");
  }
  await client.interrupt();
});

Deno.test("every: all rounds have one connection, which Ctrl-C closes cleanly", async () => {
  await using server = await RoleProcess.start("server");
  const client = new Repeating(server.address, ["--every", "2", "6*7"]);
  // Ctrl-C comes between two rounds: within one, the result may be printed last.
  for (let round = 0; round < 2; round++) {
    while (await client.line() !== "6 * 7 = 42");
  }
  const { last } = await client.interrupt();
  assertEquals(last, `{${formatAddress(server.address)}} Connection closed`);
  await server.printed("Connection closed");
  const opened = server.lines.filter((line) => line.includes("established"));
  assertEquals(opened.length, 1);
});

Deno.test("every: Ctrl-C exits with the highest status so far", async () => {
  await using server = await RoleProcess.start("server");
  const args = [...OFTEN, "-q", "1/0", "6*7"];
  const client = new Repeating(server.address, args);
  await client.shows("Result: 42");
  const { status, stderr } = await client.interrupt();
  assertEquals(status, 1);
  assertStringIncludes(stderr, "1/0: division by zero\n");
});

Deno.test("every: if no expression can be read, it ends after one round", async () => {
  const { status, stderr } = await runClient(unusedAddress(), [
    ...["--every", "86400", "1 +", "2 *"],
  ]);
  assertEquals(status, 2);
  assertEquals(stderr.match(/found the end/g)?.length, 2);
});

Deno.test("every: a server may stop and return", async () => {
  const address = unusedAddress();
  const start = () => RoleProcess.start("server", ["-p", `${address.port}`]);
  const first = await start();
  const client = new Repeating(address, [...OFTEN, "--json", "6*7"]);
  await client.shows('"result":"42"');
  await first.end();
  for (let round = 0; round < 3; round++) {
    await client.shows(`"Connection refused by ${formatAddress(address)}"`);
  }
  await using _second = await start();
  for (let round = 0; round < 2; round++) await client.shows('"result":"42"');
  assertEquals((await client.interrupt()).status, 3);
});

Deno.test("every: Ctrl-C ends the wait for an answer at once", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Frame>();
  await using server = serve({ port: 0 }, () => {
    asked.resolve();
    return answer.promise;
  });
  const args = [...OFTEN, "--timeout", "86400", "6*7"];
  const client = new Repeating(server.address, args);
  await asked.promise;
  const { status, stderr, last } = await client.interrupt();
  assertEquals([status, stderr], [0, ""]);
  assert(last.endsWith("Connection closed"), last);
  answer.resolve(encodeSuccess({ result: "42", steps: [] }));
});

Deno.test("every: Ctrl-C ends the wait for the next round at once", async () => {
  await using server = await RoleProcess.start("server");
  const args = [...ONCE_A_DAY, "-q", "6*7"];
  const client = new Repeating(server.address, args);
  await client.shows("6 * 7 = 42");
  assertEquals((await client.interrupt()).status, 0);
});
