/**
 * The roles as real processes, with `-N` as their permission: for the
 * demo, the tests and the benchmarks.
 *
 * @module
 */

import { type Address, parseAddress } from "../lib/net/mod.ts";

const ROOT = new URL("..", import.meta.url);

/** A server or a proxy as a process of its own. */
export class RoleProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();
  #ended = false;
  /** Resolves when it has printed its last line. */
  readonly #printed: Promise<void>;

  private constructor(
    child: Deno.ChildProcess,
    onLine: (line: string) => void,
  ) {
    this.#child = child;
    this.#onLine = onLine;
    this.#printed = this.#readLines();
  }

  /** Starts one, on a free port unless `args` say otherwise, and waits until it listens. */
  static async start(
    role: "server" | "proxy",
    args: string[] = [],
    { onLine = () => {}, permissions }: Omit<RunOptions, "input"> = {},
  ): Promise<RoleProcess> {
    const child = command(role, ["-p", "0", ...args], {
      stdin: "null",
      stderr: "inherit",
    }, permissions).spawn();
    const process = new RoleProcess(child, onLine);
    await process.printed("istening");
    return process;
  }

  /** All lines that it has printed so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Its process identifier. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Where it listens. */
  get address(): Address {
    const [listening = ""] = this.#lines;
    // As text or as JSON.
    const [, where = ""] = /(?:on |"address":")([^"]+)/.exec(listening) ?? [];
    const address = parseAddress(where);
    if (!address) throw new Error(`Expected where it listens: "${listening}"`);
    return address;
  }

  /** Waits until that many of its lines have a text in them. */
  async printed(text: string, count = 1): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`Not printed within 20 s: "${text}"`));
    }, 20_000);
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

  /** Ends it, once, and tells its exit status. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#ended) this.#child.kill(signal);
    this.#ended = true;
    const { code } = await this.#child.status;
    await this.#printed;
    return code;
  }

  /** Ends it, once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #readLines(): Promise<void> {
    for await (const line of linesOf(this.#child.stdout)) {
      this.#lines.push(line);
      this.#onLine(line);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
    const error = new Error(
      `The process ended after ${this.#lines.length} lines`,
    );
    this.#changed.promise.catch(() => {});
    this.#changed.reject(error);
  }
}

/** What a client printed, and how it ended. */
export interface ClientRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for {@linkcode runRole} and {@linkcode RoleProcess.start}. */
export interface RunOptions {
  /** What it finds on its standard input; without it, there is none. */
  input?: string;
  /** Is told each line of its standard output as it comes. */
  onLine?: (line: string) => void;
  /** What it may do, `-N` alone if it is not said. */
  permissions?: string[];
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
  role: string,
  args: string[],
  streams: Pick<Deno.CommandOptions, "stdin" | "stderr">,
  permissions: string[] = ["-N"],
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, `${role}.ts`, ...args],
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
