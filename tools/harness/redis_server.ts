import { Buffer } from "node:buffer";
import { createClient } from "@redis/client";
import { linesOf } from "./role_process.ts";
import { unusedAddress } from "./unused_address.ts";

/** Whether redis-server is installed. */
export async function hasRedis(): Promise<boolean> {
  try {
    const args = ["--version"];
    return (await new Deno.Command("redis-server", { args }).output()).success;
  } catch {
    return false;
  }
}

/** Options for {@linkcode RedisServer.start}. */
export interface RedisServerOptions {
  /** The port; a free one by default. */
  port?: number;
  /** The password, if clients need one. */
  password?: string;
}

/** A Redis server as a child process, which keeps its data in memory alone. */
export class RedisServer implements AsyncDisposable {
  /** The port that it listens on. */
  readonly port: number;
  readonly #password: string | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #lines: Promise<void>;

  private constructor(
    directory: string,
    args: string[],
    { port = unusedAddress().port, password }: RedisServerOptions,
  ) {
    this.port = port;
    this.#password = password;
    this.#directory = directory;
    this.#child = new Deno.Command("redis-server", {
      args: [
        ...["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""],
        ...["--dir", directory, ...args],
        ...(password === undefined ? [] : ["--requirepass", password]),
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#read();
  }

  readonly #ready = Promise.withResolvers<void>();

  /**
   * Starts a server and waits until it accepts connections.
   *
   * @param args Further arguments.
   * @param options The port, and a password.
   */
  static async start(
    args: string[] = [],
    options: RedisServerOptions = {},
  ): Promise<RedisServer> {
    const server = new RedisServer(await Deno.makeTempDir(), args, options);
    await server.#ready.promise;
    return server;
  }

  /** The process ID. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Its URL, without a password. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Sends a signal, and waits for the end if it is SIGKILL. */
  async signal(signal: Deno.Signal): Promise<void> {
    this.#child.kill(signal);
    if (signal === "SIGKILL") await this.#child.status;
  }

  /** Has it run a command. */
  async command(...args: (string | Uint8Array)[]): Promise<unknown> {
    const client = createClient({
      url: this.url,
      ...(this.#password !== undefined && { password: this.#password }),
      RESP: 2,
      maintNotifications: "disabled",
    });
    await client.connect();
    try {
      return await client.sendCommand(
        args.map((arg) => typeof arg === "string" ? arg : Buffer.from(arg)),
      );
    } finally {
      client.destroy();
    }
  }

  /** Kills it, and deletes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has been killed before.
    }
    await this.#child.status;
    await this.#lines;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #read(): Promise<void> {
    const lines: string[] = [];
    for await (const line of linesOf(this.#child.stdout)) {
      lines.push(line);
      if (line.includes("Ready to accept connections")) this.#ready.resolve();
    }
    this.#ready.reject(new Error(`redis-server: ${lines.join("\n")}`));
    this.#ready.promise.catch(() => {});
  }
}
