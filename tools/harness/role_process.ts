/**
 * Runs the roles as real processes, by default with `-N` alone: for the demo, the
 * fuzzer, the tests and the benchmarks.
 *
 * @module
 */

import { type Address, parseAddress } from "../../lib/net/mod.ts";
import { unusedAddress } from "./unused_address.ts";

const ROOT = new URL("../..", import.meta.url);

/** How long to wait for a process, in milliseconds. */
const PATIENCE = 20_000;

/** How many characters of standard error to keep. */
const KEPT = 4_000;

/** Options for any process. */
export interface ProcessOptions {
  /** Called with each line of standard output as it arrives. */
  onLine?: (line: string) => void;
  /** The permissions of the process; `-N` alone by default. */
  permissions?: string[];
  /** A command that runs another one, and its arguments. */
  under?: readonly string[];
}

/** Options for {@linkcode RoleProcess.start}. */
export interface StartOptions extends ProcessOptions {
  /** Which lines to keep. A long-running role prints too many to keep all. */
  keep?: "all" | "first";
  /** Whether its standard error is inherited or kept. */
  stderr?: "inherit" | "piped";
}

/** A role, or another program that listens, as a child process. */
export class RoleProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();
  #complaint = "";
  #status: Deno.CommandStatus | undefined;
  #isTold = false;
  /** Resolves when it has exited and all of its output has been read. */
  readonly #ended: Promise<Deno.CommandStatus>;
  #address: Address | undefined;

  private constructor(program: string, args: string[], options: StartOptions) {
    const { stderr = "inherit" } = options;
    const streams = { stdin: "null", stderr } as const;
    this.#child = command(program, args, streams, options).spawn();
    this.#ended = this.#follow(options);
  }

  /**
   * Starts a process, on a free port unless `args` give one, and waits until it
   * prints that it is listening.
   *
   * @param program The path of the script from the root of the project, without
   * `.ts`.
   * @param args The flags.
   * @param options Permissions, and what to do with the output.
   */
  static start(
    program: string,
    args: string[] = [],
    options: StartOptions = {},
  ): Promise<RoleProcess> {
    const process = new RoleProcess(program, ["-p", "0", ...args], options);
    return process.#once(process.printed("istening"));
  }

  /**
   * Starts a process with `-q`, which does not print its address, on a port that
   * was just free, and waits until it accepts connections.
   *
   * @param program The path of the script from the root of the project, without
   * `.ts`.
   * @param args Further flags.
   * @param options Permissions, and what to do with the output.
   */
  static startQuiet(
    program: string,
    args: string[] = [],
    options: StartOptions = {},
  ): Promise<RoleProcess> {
    const address = unusedAddress();
    const flags = ["-q", "-p", `${address.port}`, ...args];
    const process = new RoleProcess(program, flags, options);
    process.#address = address;
    return process.#once(process.#connects(address));
  }

  /** The lines printed so far that are kept. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The end of its standard error, if that is kept. */
  get complaint(): string {
    return this.#complaint;
  }

  /** The status of the process, once it has exited. */
  get status(): Deno.CommandStatus | undefined {
    return this.#status;
  }

  /** The process ID. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The address it listens on. */
  get address(): Address {
    return this.#address ??= addressIn(this.#lines[0] ?? "");
  }

  /** Its resident memory in MiB, if the system reports it (Linux, proc(5)). */
  async memory(): Promise<number | undefined> {
    try {
      const status = await Deno.readTextFile(`/proc/${this.pid}/status`);
      const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
      return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Waits until the given number of kept lines contain a text. */
  async printed(text: string, count = 1): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`Not printed within 20 s: "${text}"`));
    }, PATIENCE);
    try {
      while (this.#lines.filter((line) => line.includes(text)).length < count) {
        await Promise.race([this.#changed.promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a signal without waiting for the process to exit. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /**
   * Sends a signal, unless it was sent before or the process has exited, and
   * returns the exit status.
   */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#isTold && !this.#status) this.#child.kill(signal);
    this.#isTold = true;
    const { code } = await this.#ended;
    return code;
  }

  /** Stops the process, if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** Resolves to the process once a promise resolves. Kills the process if it rejects. */
  async #once(happened: Promise<void>): Promise<this> {
    try {
      await happened;
      return this;
    } catch (error) {
      await this.end("SIGKILL");
      throw error;
    }
  }

  async #connects({ hostname, port }: Address): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!this.#status && performance.now() < deadline) {
      try {
        using _tcp = await Deno.connect({ hostname, port });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    throw new Error(`Nobody listens on port ${port}: ${this.#complaint}`);
  }

  /** Reads all of its output and resolves to its status. */
  async #follow(
    { onLine, keep, stderr }: StartOptions,
  ): Promise<Deno.CommandStatus> {
    const [status] = await Promise.all([
      this.#child.status.then((status) => this.#status = status),
      this.#readLines(onLine, keep),
      stderr === "piped" ? this.#readComplaint() : undefined,
    ]);
    const count = this.#lines.length;
    this.#changed.promise.catch(() => {});
    this.#changed.reject(
      new Error(`The process ended after ${count} lines: ${this.#complaint}`),
    );
    return status;
  }

  async #readLines(
    onLine: (line: string) => void = () => {},
    keep: "all" | "first" = "all",
  ): Promise<void> {
    for await (const line of linesOf(this.#child.stdout)) {
      onLine(line);
      if (keep === "first" && this.#lines.length > 0) continue;
      this.#lines.push(line);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async #readComplaint(): Promise<void> {
    const texts = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of texts) {
      this.#complaint = (this.#complaint + text).slice(-KEPT);
    }
  }
}

/** The address in the log line of a listening role, as text or JSON. */
function addressIn(listening: string): Address {
  const [, where = ""] = /(?:on |"address":")([^"]+)/.exec(listening) ?? [];
  const address = parseAddress(where);
  if (!address) throw new Error(`Expected where it listens: "${listening}"`);
  return address;
}

/** The output and exit status of a client. */
export interface ClientRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for {@linkcode runRole}. */
export interface RunOptions extends ProcessOptions {
  /** The standard input; by default there is none. */
  input?: string;
}

/** Runs a role until it exits. */
export async function runRole(
  role: "server" | "proxy" | "client",
  args: string[],
  { input, onLine, ...options }: RunOptions = {},
): Promise<ClientRun> {
  const stdin = input === undefined ? "null" : "piped";
  const streams = { stdin, stderr: "piped" } as const;
  const child = command(role, args, streams, options).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const stderr = new Response(child.stderr).text();
  let stdout = "";
  for await (const line of linesOf(child.stdout)) {
    stdout += `${line}\n`;
    onLine?.(line);
  }
  const { code } = await child.status;
  return { status: code, stdout, stderr: await stderr };
}

/** Runs a client against a role. */
export function runClient(
  { hostname, port }: Address,
  args: string[],
  options?: RunOptions,
): Promise<ClientRun> {
  return runRole("client", ["-H", hostname, "-p", `${port}`, ...args], options);
}

function command(
  program: string,
  args: string[],
  streams: Pick<Deno.CommandOptions, "stdin" | "stderr">,
  { permissions = ["-N"], under = [] }: ProcessOptions,
): Deno.Command {
  const run = ["run", "--no-prompt", ...permissions, `${program}.ts`, ...args];
  const [first, ...rest] = [...under, Deno.execPath(), ...run];
  return new Deno.Command(first!, {
    args: rest,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    ...streams,
  });
}

/** The lines of a stream, as they arrive. */
export async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
