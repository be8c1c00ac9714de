import { type Address, formatAddress } from "../lib/net/mod.ts";

const ROOT = new URL("..", import.meta.url);

/** How long to wait, in milliseconds, until a process listens. */
const PATIENCE = 10_000;

/** A program of this project that listens, as its users run it: quiet, with `-N` alone. */
export class Listening implements AsyncDisposable {
  /** Where it listens. */
  readonly address: Address;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, address: Address) {
    this.#child = child;
    this.address = address;
  }

  /**
   * Starts one on a free port and waits until it listens.
   *
   * @param script The program, from the root of the project.
   * @param args Its flags besides the port.
   */
  static async start(script: string, args: string[]): Promise<Listening> {
    // A quiet role does not say where it listens.
    const address = unusedAddress();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-N", script, "-q", "-p", `${address.port}`, ...args],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
    }).spawn();
    const process = new Listening(child, address);
    try {
      await listens(address);
      return process;
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Its process identifier. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill();
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
  }
}

/** Starts the server. */
export function startServer(...args: string[]): Promise<Listening> {
  return Listening.start("server.ts", args);
}

/** Starts a proxy that asks a server. */
export function startProxy(
  server: Listening,
  ...args: string[]
): Promise<Listening> {
  const address = formatAddress(server.address);
  return Listening.start("proxy.ts", ["-s", address, ...args]);
}

/** Starts the echo, with responses of a length. */
export function startEcho(length: number): Promise<Listening> {
  return Listening.start("bench/echo.ts", ["-l", `${length}`]);
}

function unusedAddress(): Address {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr;
}

async function listens({ hostname, port }: Address): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      using _tcp = await Deno.connect({ hostname, port });
      return;
    } catch (cause) {
      if (performance.now() > deadline) {
        const message = `Nobody listens on port ${port} after 10 s`;
        throw new Error(message, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
