import { type Address, parseAddress } from "../../lib/mod.ts";
import { Finding } from "./finding.ts";

/** How much of what it says on standard error is kept. */
const KEPT = 4_000;

/** How long a role may take to begin and to end, in milliseconds. */
const PATIENCE = 20_000;

const ROOT = new URL("../..", import.meta.url);

/**
 * A role as a process that may be asked millions of times: of its log nothing is
 * kept, so that the watcher's memory is flat too.
 */
export class LiveRole implements AsyncDisposable {
  /** `server` or `proxy`. */
  readonly name: "server" | "proxy";
  /** Where it listens. */
  readonly address: Address;
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  #complaint = "";
  #status: Deno.CommandStatus | undefined;

  private constructor(
    name: "server" | "proxy",
    address: Address,
    child: Deno.ChildProcess,
    log: ReadableStream<string>,
  ) {
    this.name = name;
    this.address = address;
    this.#child = child;
    this.#drained = Promise.all([
      log.pipeTo(new WritableStream()),
      this.#listen(),
      child.status.then((status) => this.#status = status),
    ]);
  }

  /** Starts one on a free port and waits until it listens. */
  static async start(
    name: "server" | "proxy",
    flags: string[] = [],
  ): Promise<LiveRole> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "-N", `${name}.ts`, "-p", "0", ...flags],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const log = child.stdout.pipeThrough(new TextDecoderStream());
    const reader = log.getReader();
    let line = "";
    while (!line.includes("\n")) {
      const { value } = await reader.read();
      if (value === undefined) break;
      line += value;
    }
    reader.releaseLock();
    const address = parseAddress(line.replace("Listening on ", "").trim());
    if (!address) {
      const complaint = await new Response(child.stderr).text();
      throw new Error(`The ${name} does not listen: ${line}${complaint}`);
    }
    return new LiveRole(name, address, child, log);
  }

  /**
   * Sees whether it lives and has nothing to complain of.
   *
   * @throws {Finding} If it does not, or has.
   */
  check(): void {
    if (this.#status) {
      throw new Finding(
        `expected the ${this.name} to live\n     got status ${this.#status.code}: ${this.#complaint}`,
      );
    }
    if (this.#complaint !== "") {
      throw new Finding(
        `expected nothing on the ${this.name}'s standard error\n     got ${this.#complaint}`,
      );
    }
  }

  /** How many MiB of memory it has, where the system tells (Linux, proc(5)). */
  async memory(): Promise<number | undefined> {
    try {
      const path = `/proc/${this.#child.pid}/status`;
      const [, kibibytes] =
        /^VmRSS:\s*(\d+) kB$/m.exec(await Deno.readTextFile(path)) ?? [];
      return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /**
   * Tells it to end.
   *
   * @throws {Finding} If it does not do so in order and in time.
   */
  async end(): Promise<void> {
    this.check();
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const { code } = await this.#child.status;
    clearTimeout(late);
    await this.#drained;
    // On Windows there is no telling, only killing.
    if (code !== 0 && Deno.build.os !== "windows") {
      throw new Finding(
        `expected the ${this.name} to end with status 0\n     got ${code}: ${this.#complaint}`,
      );
    }
  }

  /** Ends it at once, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#status) this.#child.kill("SIGKILL");
    await this.#drained;
  }

  async #listen(): Promise<void> {
    const texts = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of texts) {
      this.#complaint = (this.#complaint + text).slice(-KEPT);
    }
  }
}
