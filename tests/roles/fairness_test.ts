/**
 * Clients that ask for as much as they can, and others beside them. A stream is
 * far longer than what is answered of it by then, so that what counts is the
 * order of the answers, not the time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { decodeResponse, encodeRequest } from "../../lib/message/mod.ts";
import type { Address } from "../../lib/net/mod.ts";
import { join } from "../../tools/harness/join.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";

/** How many costly requests a stream has: some seconds of work. */
const LENGTH = 20_000;

/** A client that sends costly requests without waiting for the answers. */
class Streamer {
  readonly #peer: BarePeer;
  readonly #done: Promise<unknown>;

  constructor(peer: BarePeer, reads: boolean) {
    this.#peer = peer;
    const { bytes } = encodeRequest("9 ** 4500 % 7", { steps: false });
    const written = peer.write(join(...Array(LENGTH).fill(bytes)));
    this.#done = Promise.allSettled([written, reads && this.#read()]);
  }

  static async start(address: Address, reads = true): Promise<Streamer> {
    return new Streamer(await BarePeer.connect(address), reads);
  }

  async #read(): Promise<void> {
    while (await this.#peer.frame());
  }

  async end(): Promise<void> {
    this.#peer[Symbol.dispose]();
    await this.#done;
  }
}

async function assertAnswered(peer: BarePeer): Promise<void> {
  await peer.write(encodeRequest("3 + 5").bytes);
  const response = await peer.frame();
  assertEquals(response && decodeResponse(response).result, "8");
}

/** Ten answers on an open connection, and ten on new ones. */
async function assertOthersAnswered(address: Address): Promise<void> {
  using open = await BarePeer.connect(address);
  for (let time = 0; time < 10; time++) {
    await assertAnswered(open);
    using fresh = await BarePeer.connect(address);
    await assertAnswered(fresh);
  }
}

/** How many requests a server has received when others beside streams are answered. */
async function requestsBeside(
  streams: number,
  options: { reads: boolean },
): Promise<number> {
  await using server = await RoleProcess.start("server");
  const streamers = await Promise.all(
    Array.from(
      { length: streams },
      () => Streamer.start(server.address, options.reads),
    ),
  );
  await assertOthersAnswered(server.address);
  server.signal("SIGUSR2");
  await server.printed("Counters");
  const counters = server.lines.find((line) => line.startsWith("Counters"));
  await Promise.all(streamers.map((streamer) => streamer.end()));
  return Number(/requests (\d+)/.exec(counters ?? "")?.[1]);
}

Deno.test("fairness: others are answered while one client streams costly requests", async () => {
  const requests = await requestsBeside(1, { reads: true });
  assert(requests < LENGTH / 2, `${requests}`);
});

Deno.test("fairness: others are answered while many clients stream costly requests", async () => {
  const requests = await requestsBeside(32, { reads: true });
  assert(requests < 32 * LENGTH / 10, `${requests}`);
});

Deno.test("fairness: others are answered while many clients send and never read", async () => {
  const requests = await requestsBeside(100, { reads: false });
  assert(requests < 100 * LENGTH / 10, `${requests}`);
});
