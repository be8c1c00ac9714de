import type { Address } from "../../lib/mod.ts";
import { RoleProcess } from "../harness/role_process.ts";
import { Finding } from "./finding.ts";

/** How long a role may take to end, in milliseconds. */
const PATIENCE = 20_000;

/**
 * A role that must live and have nothing to complain of, however often it is
 * asked. Of its log nothing is kept, so that the watcher's memory is flat too.
 */
export class LiveRole implements AsyncDisposable {
  /** What it is called in findings. */
  readonly name: string;
  readonly #process: RoleProcess;

  private constructor(name: string, process: RoleProcess) {
    this.name = name;
    this.#process = process;
  }

  /** Starts one on a free port and waits until it listens. */
  static async start(
    role: "server" | "proxy",
    flags: string[] = [],
    name: string = role,
  ): Promise<LiveRole> {
    const options = { keep: "first", stderr: "piped" } as const;
    return new LiveRole(name, await RoleProcess.start(role, flags, options));
  }

  /** Where it listens. */
  get address(): Address {
    return this.#process.address;
  }

  /**
   * Sees whether it lives and has nothing to complain of.
   *
   * @throws {Finding} If it does not, or has.
   */
  check(): void {
    const { status, complaint } = this.#process;
    if (status) {
      throw new Finding(
        `expected the ${this.name} to live\n     got status ${status.code}: ${complaint}`,
      );
    }
    if (complaint !== "") {
      throw new Finding(
        `expected nothing on the ${this.name}'s standard error\n     got ${complaint}`,
      );
    }
  }

  /** How many MiB of memory it has, where the system tells. */
  memory(): Promise<number | undefined> {
    return this.#process.memory();
  }

  /**
   * Tells it to end.
   *
   * @throws {Finding} If it does not do so in order and in time.
   */
  async end(): Promise<void> {
    this.check();
    const late = setTimeout(() => this.#process.signal("SIGKILL"), PATIENCE);
    const code = await this.#process.end();
    clearTimeout(late);
    // On Windows there is no telling, only killing.
    if (code !== 0 && Deno.build.os !== "windows") {
      throw new Finding(
        `expected the ${this.name} to end with status 0\n     got ${code}: ${this.#process.complaint}`,
      );
    }
  }

  /** Ends it at once, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end("SIGKILL");
  }
}
