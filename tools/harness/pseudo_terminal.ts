/**
 * Programs on a pseudo-terminal, as somebody at a keyboard sees them.
 *
 * @module
 */

/** Programs that run a shell command on a pseudo-terminal, and what shows that they can. */
const WRAPPERS = [
  {
    program: "script",
    probe: ["-qec", "true", "/dev/null"],
    args: (command: string) => ["-qec", command, "/dev/null"],
  },
  {
    program: "python3",
    probe: ["-c", "import pty"],
    args: (command: string) => [
      "-c",
      "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
      ...["sh", "-c", command],
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

/** Why there are no pseudo-terminals here, or nothing where there are. */
export const missing = wrapper ? "" : " (needs util-linux script, or python3)";

const ROOT = new URL("../..", import.meta.url);

/** How long, in milliseconds, to wait for what a program is about to show. */
const PATIENCE = 20_000;

/** Options for {@linkcode PseudoTerminal}. */
export interface PseudoTerminalOptions {
  /** Environment variables. NO_COLOR is only set if it is one of them. */
  env?: Record<string, string>;
  /** How many columns the window has. */
  columns?: number;
  /** How many rows the window has. */
  rows?: number;
}

/** A pseudo-terminal on which a program runs, and somebody who types. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #screen: ReadableStreamDefaultReader<string>;
  readonly #watchdog: ReturnType<typeof setTimeout>;
  #unseen = "";
  /** All that has been shown so far. */
  shown = "";

  /**
   * Runs a command in a shell, which says when it is suspended, and continues it
   * at the next Enter.
   *
   * @param command The program and its arguments.
   * @param options The environment, and the size of the window.
   */
  constructor(
    command: readonly string[],
    { env = {}, columns = 80, rows = 24 }: PseudoTerminalOptions = {},
  ) {
    if (!wrapper) throw new Error(`no pseudo-terminal${missing}`);
    const typed = command.map((word) => `'${word}'`).join(" ");
    const script = [
      `stty cols ${columns} rows ${rows}`,
      "set -m",
      typed,
      "status=$?",
      // 128 and the number of SIGTSTP, which is above 16 everywhere.
      "while [ $status -gt 144 ]",
      "do echo suspended; read -r _; fg; status=$?",
      "done",
      "exit $status",
    ].join("\n");
    const { NO_COLOR: _, ...inherited } = Deno.env.toObject();
    this.#child = new Deno.Command(wrapper.program, {
      args: wrapper.args(script),
      cwd: ROOT,
      clearEnv: true,
      env: { ...inherited, SHELL: "/bin/sh", TERM: "xterm", ...env },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#screen = this.#child.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
    // So that what is never shown is an error, and not an endless wait.
    this.#watchdog = setTimeout(() => this.#kill(), PATIENCE);
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

  /** Types, and waits for the end: what the exit status is. */
  async end(keys: string): Promise<number> {
    await this.#keys.write(new TextEncoder().encode(keys));
    for (let more = true; more;) {
      const { value = "", done } = await this.#screen.read();
      this.shown += value;
      more = !done;
    }
    return (await this.#child.status).code;
  }

  /** Ends the program, if it has not ended yet. */
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
