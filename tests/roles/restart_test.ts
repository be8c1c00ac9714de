/**
 * Servers that are restarted one after the other, while a proxy asks them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "../../lib/message/mod.ts";
import { type Address, connect, formatAddress } from "../../lib/net/mod.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";

/** How many clients ask at the same time. */
const CLIENTS = 8;

/** How many restarts there are, of the two servers in turn. */
const RESTARTS = 8;

const ignore = Deno.build.os !== "linux";

for (
  const [how, signals, flags] of [
    ["SIGTERM", ["SIGTERM"], []],
    ["SIGKILL", ["SIGKILL"], []],
    [
      "either signal, with connections kept",
      ["SIGTERM", "SIGKILL"],
      ["--upstream-connections", `${CLIENTS}`],
    ],
  ] as [how: string, signals: Deno.Signal[], flags: string[]][]
) {
  const needs = ignore ? " (needs Linux)" : "";
  Deno.test(
    `restart: two servers, restarted in turn by ${how}, cost no request${needs}`,
    { ignore },
    async () => {
      const first = await startServer();
      const servers = [first, await startServer(first.address)];
      await using proxy = await RoleProcess.start("proxy", [
        ...["-s", formatAddress(first.address), ...flags],
      ]);
      using load = new Load(proxy.address);
      for (let restart = 0; restart < RESTARTS; restart++) {
        await load.answered(20 * CLIENTS);
        const index = restart % 2;
        await servers[index]?.end(signals[restart % signals.length]);
        servers[index] = await startServer(first.address);
      }
      await load.stop();
      for (const server of servers) await server.end();
      assert(load.answers > RESTARTS * 20 * CLIENTS);
      assertEquals(load.errors, []);
    },
  );
}

/** Starts a server that shares its port with the others. */
function startServer(address?: Address): Promise<RoleProcess> {
  const port = address ? ["-p", `${address.port}`] : [];
  return RoleProcess.start("server", ["--share-port", ...port]);
}

/** Clients that each ask for something new as soon as they are answered. */
class Load implements Disposable {
  answers = 0;
  readonly errors: string[] = [];
  #isStopped = false;
  #progress = Promise.withResolvers<void>();
  readonly #clients: Promise<void[]>;

  constructor(proxy: Address) {
    this.#clients = Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => this.#run(proxy, client)),
    );
  }

  /** Waits until there are so many more answers. */
  async answered(count: number): Promise<void> {
    const goal = this.answers + count;
    while (this.answers < goal) {
      await Promise.race([this.#progress.promise, this.#clients]);
    }
  }

  /** Lets the clients take their last answers. */
  async stop(): Promise<void> {
    this[Symbol.dispose]();
    await this.#clients;
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
  }

  async #run(proxy: Address, client: number): Promise<void> {
    using connection = await connect(proxy, { timeout: 60_000 });
    for (let count = 0; !this.#isStopped; count++) {
      // Long enough that some of it is under way whenever a server ends.
      const request = encodeRequest(`9 ** 4000 % 7 + ${client}.${count}`);
      try {
        decodeResponse(await connection.ask(request));
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        this.errors.push(`${error}`);
      }
      this.answers++;
      this.#progress.resolve();
      this.#progress = Promise.withResolvers();
    }
  }
}
