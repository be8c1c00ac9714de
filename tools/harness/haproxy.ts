/**
 * Runs HAProxy with the configuration in docs/deploy. Addresses come from its
 * environment, so the file need not be changed.
 *
 * @module
 */

import { assert } from "@std/assert";
import { type Address, formatAddress } from "../../lib/net/mod.ts";
import { linesOf } from "./role_process.ts";
import { unusedAddress } from "./unused_address.ts";

/** The configuration. */
export const CONFIGURATION = new URL(
  "../../docs/deploy/haproxy.cfg",
  import.meta.url,
).pathname;

/** Whether HAProxy is installed. */
export async function hasHaproxy(): Promise<boolean> {
  try {
    return (await new Deno.Command("haproxy", { args: ["-v"] }).output())
      .success;
  } catch {
    return false;
  }
}

/** The roles behind HAProxy. Those that are left out are down. */
export interface Behind {
  /** `p1` and `p2`. */
  readonly proxies?: readonly Address[];
  /** `s1`, `s2` and `s3`. */
  readonly servers?: readonly Address[];
}

/** HAProxy as a child process. */
export class Haproxy implements AsyncDisposable {
  /** Where clients connect to reach the proxies. */
  readonly clients: Address;
  /** Where proxies connect to reach the servers. */
  readonly misses: Address;
  /** The socket that takes commands. */
  readonly socket: string;
  /** The lines it has logged. */
  readonly lines: string[] = [];
  readonly #directory: string;
  readonly #child: Deno.ChildProcess;
  readonly #logged: Promise<void>;

  private constructor(
    directory: string,
    behind: Behind,
    configuration: string,
  ) {
    this.#directory = directory;
    this.socket = `${directory}/admin.sock`;
    this.clients = unusedAddress();
    this.misses = unusedAddress();
    const variables = addresses(behind).map(([, variable, address]) =>
      [variable, formatAddress(address ?? NOWHERE)] as const
    );
    this.#child = new Deno.Command("haproxy", {
      args: ["-f", configuration],
      env: {
        ...user(),
        ...Object.fromEntries(variables),
        CLIENTS: formatAddress(this.clients),
        MISSES: formatAddress(this.misses),
        HAPROXY_SOCKET: this.socket,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#logged = this.#readLog();
  }

  /**
   * Starts HAProxy and waits until it has checked each role: until then, it sends
   * clients to all of them.
   *
   * @param behind The roles.
   * @param configuration The file.
   */
  static async start(
    behind: Behind,
    configuration: string = CONFIGURATION,
  ): Promise<Haproxy> {
    const directory = await Deno.makeTempDir();
    const haproxy = new Haproxy(directory, behind, configuration);
    try {
      for (const [role, , address] of addresses(behind)) {
        await haproxy.until(role, address ? "UP" : "DOWN");
      }
      return haproxy;
    } catch (error) {
      await haproxy[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The process ID. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Sends a command to its socket.
   *
   * @returns Its answer.
   */
  async command(command: string): Promise<string> {
    const conn = await Deno.connect({ transport: "unix", path: this.socket });
    const writer = conn.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${command}\n`));
    writer.releaseLock();
    return (await new Response(conn.readable).text()).trim();
  }

  /**
   * A role as HAProxy sees it.
   *
   * @param role Its name, such as `servers/s1`.
   * @param column The column of `show stat`, such as `status`.
   */
  async read(role: string, column: string): Promise<string> {
    const [heads = "", ...rows] = (await this.command("show stat")).split("\n");
    const index = heads.replace("# ", "").split(",").indexOf(column);
    const [backend, name] = role.split("/");
    const row = rows.find((row) => row.startsWith(`${backend},${name},`));
    assert(row && index >= 0, `${column} of ${role} in ${heads}`);
    return row.split(",")[index] ?? "";
  }

  /** Waits until it has checked a role and found it in a state. */
  async until(role: string, state: "UP" | "DOWN"): Promise<void> {
    const deadline = performance.now() + 20_000;
    let status = "";
    while (performance.now() < deadline) {
      try {
        status = await this.read(role, "status");
        const check = await this.read(role, "check_status");
        if (status === state && check.startsWith("L")) return;
      } catch (error) {
        // It has not opened its socket yet.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Not ${state} within 20 s: ${role} is "${status}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await Promise.all([this.#child.status, this.#logged]);
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #readLog(): Promise<void> {
    for await (const line of linesOf(this.#child.stdout)) this.lines.push(line);
  }
}

/** The current user: HAProxy would otherwise switch to another one. */
function user(): Record<string, string> {
  const [name = "", group = ""] = ["-un", "-gn"].map((flag) => {
    const { stdout } = new Deno.Command("id", { args: [flag] }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  });
  return { HAPROXY_USER: name, HAPROXY_GROUP: group };
}

/** The address of each role in the configuration, if it runs. */
function addresses(
  { proxies = [], servers = [] }: Behind,
): [role: string, variable: string, address: Address | undefined][] {
  return [
    ["proxies/p1", "PROXY1", proxies[0]],
    ["proxies/p2", "PROXY2", proxies[1]],
    ["servers/s1", "SERVER1", servers[0]],
    ["servers/s2", "SERVER2", servers[1]],
    ["servers/s3", "SERVER3", servers[2]],
  ];
}

/** Nothing listens on port 1, tcpmux. */
const NOWHERE: Address = { hostname: "127.0.0.1", port: 1 };
