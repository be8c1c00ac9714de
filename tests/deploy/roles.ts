import { assert } from "@std/assert";
import type { Address } from "../../lib/net/mod.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";

/** Roles as processes that can be started again at the same address. */
export class Roles implements AsyncDisposable {
  readonly #role: "server" | "proxy";
  readonly #args: string[];
  readonly #processes: RoleProcess[];

  private constructor(
    role: "server" | "proxy",
    args: string[],
    processes: RoleProcess[],
  ) {
    this.#role = role;
    this.#args = args;
    this.#processes = processes;
  }

  static async start(
    count: number,
    role: "server" | "proxy",
    args: string[] = [],
  ): Promise<Roles> {
    const processes = Array.from(
      { length: count },
      () => RoleProcess.start(role, args),
    );
    return new Roles(role, args, await Promise.all(processes));
  }

  /** Where they listen. */
  get addresses(): Address[] {
    return this.#processes.map(({ address }) => address);
  }

  /** The process of the role with a number, from 1. */
  at(number: number): RoleProcess {
    const process = this.#processes[number - 1];
    assert(process);
    return process;
  }

  /** Starts a role again that has ended. */
  async restart(number: number): Promise<void> {
    const { port } = this.at(number).address;
    const args = ["-p", `${port}`, ...this.#args];
    this.#processes[number - 1] = await RoleProcess.start(this.#role, args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#processes.map((process) => process[Symbol.asyncDispose]()),
    );
  }
}
