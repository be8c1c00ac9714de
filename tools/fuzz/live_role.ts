import type { Address } from "../../lib/mod.ts";
import { RoleProcess } from "../harness/role_process.ts";
import { Finding } from "./finding.ts";

/** How long a role may take to shut down, in milliseconds. */
const PATIENCE = 20_000;

/**
 * A role that must keep running and write nothing to standard error. Its log is
 * not kept, so that the memory of this process stays flat, too.
 */
export class LiveRole implements AsyncDisposable {
  /** The name of the role in findings. */
  readonly name: string;
  readonly #process: RoleProcess;

  private constructor(name: string, process: RoleProcess) {
    this.name = name;
    this.#process = process;
  }

  /** Starts a role on a free port and waits until it listens. */
  static async start(
    role: "server" | "proxy",
    flags: string[] = [],
    name: string = role,
  ): Promise<LiveRole> {
    const options = { keep: "first", stderr: "piped" } as const;
    return new LiveRole(name, await RoleProcess.start(role, flags, options));
  }

  /** The address it listens on. */
  get address(): Address {
    return this.#process.address;
  }

  /**
   * Checks that it is running and has written nothing to standard error.
   *
   * @throws {Finding} If it is not, or has.
   */
  check(): void {
    const { status, complaint } = this.#process;
    if (status) {
      throw new Finding(
        `expected the ${this.name} to keep running\n     got status ${status.code}: ${complaint}`,
      );
    }
    if (complaint !== "") {
      throw new Finding(
        `expected nothing on the ${this.name}'s standard error\n     got ${complaint}`,
      );
    }
  }

  /** Its resident memory in MiB, if the system reports it. */
  memory(): Promise<number | undefined> {
    return this.#process.memory();
  }

  /**
   * Shuts it down.
   *
   * @throws {Finding} If it does not exit with status 0 in time.
   */
  async end(): Promise<void> {
    this.check();
    const late = setTimeout(() => this.#process.signal("SIGKILL"), PATIENCE);
    const code = await this.#process.end();
    clearTimeout(late);
    // Windows can only kill it.
    if (code !== 0 && Deno.build.os !== "windows") {
      throw new Finding(
        `expected the ${this.name} to exit with status 0\n     got ${code}: ${this.#process.complaint}`,
      );
    }
  }

  /** Kills it, if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end("SIGKILL");
  }
}
