import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { constants } from "../../lib/expression/constants.ts";
import { functions } from "../../lib/expression/functions.ts";
import { type Address, formatAddress } from "../../lib/net/mod.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";

/** Programs that run another on a pseudo-terminal, and what shows that they can. */
const WRAPPERS = [
  {
    program: "script",
    probe: ["-qec", "true", "/dev/null"],
    args: (command: string[]) => [
      "-qec",
      command.map((word) => `'${word}'`).join(" "),
      "/dev/null",
    ],
  },
  {
    program: "python3",
    probe: ["-c", "import pty"],
    args: (command: string[]) => [
      "-c",
      "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
      ...command,
    ],
  },
];

const wrapper = WRAPPERS.find(({ program, probe }) => {
  try {
    return new Deno.Command(program, { args: probe, stdin: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
});

const ROOT = new URL("../..", import.meta.url);

/** The command line of a client. */
function clientOf({ hostname, port }: Address): [string, ...string[]] {
  const args = ["run", "-N", "client.ts", "-H", hostname, "-p", `${port}`];
  return [Deno.execPath(), ...args];
}

/** The environment, without NO_COLOR unless that is added. */
function environment(added: Record<string, string>): Record<string, string> {
  const { NO_COLOR: _, ...inherited } = Deno.env.toObject();
  return { ...inherited, TERM: "xterm", ...added };
}

const BOLD = "\x1b[1m";

const TAB = "\t";
const UP = "\x1b[A";
const BACKSPACE = "\x7f";
const CTRL_C = "\x03";
const CTRL_D = "\x04";

/** What switches a colour or another style on or off. */
// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[\d;]*m/;

/** A client at a terminal, and someone who types. */
class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #screen: ReadableStreamDefaultReader<string>;
  readonly #watchdog: ReturnType<typeof setTimeout>;
  #unseen = "";
  /** All that has been shown so far. */
  shown = "";

  constructor(asked: Address, env: Record<string, string>) {
    assert(wrapper);
    this.#child = new Deno.Command(wrapper.program, {
      args: wrapper.args(clientOf(asked)),
      cwd: ROOT,
      clearEnv: true,
      env: environment(env),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#screen = this.#child.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
    // So that text that is never shown is an error, not an endless wait.
    this.#watchdog = setTimeout(() => this.#kill(), 20_000);
  }

  /** Types, and waits until something is shown. */
  async type(keys: string, expected: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
    await this.shows(expected);
  }

  /** Waits until something is shown, after what was waited for before. */
  async shows(expected: string): Promise<void> {
    while (!this.#unseen.includes(expected)) {
      const { value, done } = await this.#screen.read();
      if (done) throw new Error(`Never shown: ${expected}\n${this.shown}`);
      this.#unseen += value;
      this.shown += value;
    }
    const end = this.#unseen.indexOf(expected) + expected.length;
    this.#unseen = this.#unseen.slice(end);
  }

  /** Types, and waits for the end. */
  async end(keys: string): Promise<number> {
    await this.#keys.write(new TextEncoder().encode(keys));
    for (let more = true; more;) {
      const { value = "", done } = await this.#screen.read();
      this.shown += value;
      more = !done;
    }
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#watchdog);
    this.#kill();
    await this.#keys.close();
    await this.#screen.cancel();
    await this.#child.status;
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** Tests what happens at the prompt of a client that asks a server. */
function testPrompt(
  name: string,
  run: (terminal: Terminal, server: RoleProcess) => Promise<void>,
  env: Record<string, string> = {},
): void {
  const missing = wrapper ? "" : " (needs util-linux script, or python3)";
  Deno.test(`prompt: ${name}${missing}`, { ignore: !wrapper }, async () => {
    await using server = await RoleProcess.start("server");
    await using terminal = new Terminal(server.address, env);
    await terminal.shows("> ");
    await run(terminal, server);
  });
}

testPrompt(
  "answers, and Ctrl-D ends it with status 0",
  async (terminal, server) => {
    await terminal.type("max(2, 3) + 3\r", "Result: 6\r\nSteps:\r\n");
    await terminal.shows("\x1b[4mmax(2, 3)\x1b[24m + 3 = ");
    await terminal.shows("> ");
    assertEquals(await terminal.end(CTRL_D), 0);
    const { shown } = terminal;
    // On a separate line, not behind the prompt.
    const end = `\r\n{${formatAddress(server.address)}} Connection closed\r\n`;
    assert(shown.endsWith(end), shown);
    assert(!shown.includes("Deno requests"), "asks for a permission");
  },
  { NO_COLOR: "1" },
);

for (
  const [name, keys] of [
    ["Ctrl-C", CTRL_C],
    ["exit", "exit\r"],
    ["quit", "quit\r"],
  ] as const
) {
  testPrompt(`${name} ends it with status 0`, async (terminal) => {
    assertEquals(await terminal.end(keys), 0);
  });
}

testPrompt("help names every function and constant", async (terminal) => {
  await terminal.type("help\r", "Functions");
  for (const name of functions.keys()) await terminal.shows(` ${name}(`);
  await terminal.shows("Constants");
  for (const name of constants.keys()) await terminal.shows(` ${name}`);
  await terminal.shows("Ctrl-D");
});

testPrompt(
  "lines can be edited and fetched again, names completed",
  async (terminal) => {
    await terminal.type(`6 * 8${BACKSPACE}7\r`, `Result: ${BOLD}42`);
    await terminal.shows("> ");
    await terminal.type(`${UP}0\r`, `Result: ${BOLD}420`);
    await terminal.shows("> ");
    await terminal.type("sq", "sq");
    await terminal.type(TAB, "rt(");
    await terminal.type("16)\r", `Result: ${BOLD}4.0`);
  },
);

testPrompt(
  "an error ends neither it nor the connection, nor counts at the end",
  async (terminal, server) => {
    await terminal.type(
      "1 + * 2\r",
      '\r\n    ^ expected a number, a name, "("',
    );
    await terminal.shows("> ");
    await terminal.type("1 / 0\r", "Got error: division by zero\r\n");
    await terminal.shows("> ");
    await terminal.type("1 + 2\r", "Result: 3\r\n");
    await terminal.shows("> ");
    assertEquals(await terminal.end(CTRL_D), 0);
    await server.printed("Sending response", 2);
    const opened = server.lines.filter((line) => line.includes("established"));
    assertEquals(opened.length, 1);
  },
  { NO_COLOR: "1" },
);

testPrompt("a server may be restarted meanwhile", async (terminal, first) => {
  await terminal.type("1 + 2\r", `Result: ${BOLD}3`);
  await terminal.shows("> ");
  await first[Symbol.asyncDispose]();
  await using _ = await RoleProcess.start("server", [
    ...["-p", `${first.address.port}`],
  ]);
  await terminal.type("6 * 7\r", `Result: ${BOLD}42`);
});

testPrompt("log, results and errors have colours", async (terminal, server) => {
  const peer = formatAddress(server.address);
  await terminal.type("6 * 7\r", `\x1b[2m{${peer}}\x1b[22m Connection`);
  await terminal.shows("Result: \x1b[1m42\x1b[22m\r\n");
  await terminal.shows("> ");
  await terminal.type("1 / 0\r", "\x1b[31mdivision by zero\x1b[39m\r\n");
  await terminal.shows("> ");
  await terminal.type("1 +\r", "\r\n   \x1b[31m^ expected a number");
});

testPrompt(
  "what was typed ahead is answered before it ends",
  async (terminal) => {
    assertEquals(await terminal.end(`1 + 2\r6 * 7\r${CTRL_D}`), 0);
    assertStringIncludes(terminal.shown, "Result: 42");
  },
  { NO_COLOR: "1" },
);

testPrompt("with NO_COLOR nothing is coloured", async (terminal) => {
  await terminal.type("6 * 7\r", "Result: 42\r\n");
  await terminal.shows("> ");
  await terminal.type("1 / 0\r", "Got error: division by zero\r\n");
  await terminal.shows("> ");
  await terminal.type("1 +\r", "\r\n   ^ expected a number");
  assertEquals(terminal.shown.match(COLOUR), null);
}, { NO_COLOR: "1" });

Deno.test("prompt: without a terminal there is none, nor are there colours", async () => {
  await using server = await RoleProcess.start("server");
  const [program, ...args] = clientOf(server.address);
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...args, "1 + 2", "1 / 0", "1 +"],
    cwd: ROOT,
    clearEnv: true,
    env: environment({}),
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const shown = text.decode(stdout) + text.decode(stderr);
  assertStringIncludes(shown, "Result: 3\n");
  assertEquals(shown.match(COLOUR), null);
  assert(!shown.includes("> "));
});
