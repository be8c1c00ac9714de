/**
 * The roles as real processes, with `-N` as their permission: for the demo, the
 * fuzzer, the tests and the benchmarks.
 *
 * @module
 */

import { type Address, parseAddress } from "../../lib/net/mod.ts";
import { unusedAddress } from "./unused_address.ts";

const ROOT = new URL("../..", import.meta.url);

/** How long, in milliseconds, to wait for what a process is about to do. */
const PATIENCE = 20_000;

/** How many characters of its complaints are kept. */
const KEPT = 4_000;

/** What any process may do, and who hears of it. */
export interface ProcessOptions {
  /** Is told each line of its standard output as it comes. */
  onLine?: (line: string) => void;
  /** What it may do, `-N` alone if it is not said. */
  permissions?: string[];
}

/** Options for {@linkcode RoleProcess.start}. */
export interface StartOptions extends ProcessOptions {
  /** Which of its lines to keep, if not all: who is asked for hours prints many. */
  keep?: "all" | "first";
  /** Whether its complaints go to standard error, or are kept. */
  stderr?: "inherit" | "piped";
}

/** A role, or another program that listens, as a process of its own. */
export class RoleProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();
  #complaint = "";
  #status: Deno.CommandStatus | undefined;
  #isTold = false;
  /** Resolves when it has ended and all that it said is read. */
  readonly #ended: Promise<Deno.CommandStatus>;
  #address: Address | undefined;

  private constructor(program: string, args: string[], options: StartOptions) {
    const { stderr = "inherit", permissions } = options;
    const streams = { stdin: "null", stderr } as const;
    this.#child = command(program, args, streams, permissions).spawn();
    this.#ended = this.#follow(options);
  }

  /**
   * Starts one, on a free port unless `args` say otherwise, and waits until it
   * says that it listens.
   *
   * @param program Its script, from the root of the project, without `.ts`.
   * @param args Its flags.
   * @param options What it may do, and who hears of it.
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
   * Starts one with `-q`, which keeps to itself where it listens: on a port that
   * was free just now. Waits until it takes connections.
   *
   * @param program Its script, from the root of the project, without `.ts`.
   * @param args Its flags besides.
   * @param options What it may do, and who hears of it.
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

  /** The lines that it has printed so far, as far as they are kept. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The end of what it has said on standard error, if that is kept. */
  get complaint(): string {
    return this.#complaint;
  }

  /** How it ended, once it has. */
  get status(): Deno.CommandStatus | undefined {
    return this.#status;
  }

  /** Its process identifier. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Where it listens. */
  get address(): Address {
    return this.#address ??= addressIn(this.#lines[0] ?? "");
  }

  /** How many MiB of memory it has, where the system tells (Linux, proc(5)). */
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

  /** Waits until that many of the lines that are kept have a text in them. */
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

  /** Sends it a signal that it does not end on. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends it, unless it was told before or has ended by itself, and tells its exit status. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#isTold && !this.#status) this.#child.kill(signal);
    this.#isTold = true;
    const { code } = await this.#ended;
    return code;
  }

  /** Ends it, once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** Is itself as soon as something has happened, and ends if it does not happen. */
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

  /** Reads all that it says, and is how it ended. */
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

/** Where a role listens, from the line that says so, as text or as JSON. */
function addressIn(listening: string): Address {
  const [, where = ""] = /(?:on |"address":")([^"]+)/.exec(listening) ?? [];
  const address = parseAddress(where);
  if (!address) throw new Error(`Expected where it listens: "${listening}"`);
  return address;
}

/** What a client printed, and how it ended. */
export interface ClientRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for {@linkcode runRole}. */
export interface RunOptions extends ProcessOptions {
  /** What it finds on its standard input; without it, there is none. */
  input?: string;
}

/** Runs a role to its end. */
export async function runRole(
  role: "server" | "proxy" | "client",
  args: string[],
  { input, onLine, permissions }: RunOptions = {},
): Promise<ClientRun> {
  const stdin = input === undefined ? "null" : "piped";
  const streams = { stdin, stderr: "piped" } as const;
  const child = command(role, args, streams, permissions).spawn();
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

/** Runs a client that asks a role. */
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
  permissions: string[] = ["-N"],
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, `${program}.ts`, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    ...streams,
  });
}

/** The lines of a stream, as they come. */
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
