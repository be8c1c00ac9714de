import { RedisServer } from "./redis_server.ts";

/** The number of slots of a cluster. */
const SLOTS = 16_384;

/** A Redis Cluster of three nodes, without replicas. */
export class RedisCluster implements AsyncDisposable {
  /** The nodes. */
  readonly nodes: readonly RedisServer[];
  /** Their ids in the cluster. */
  readonly #ids: readonly string[];

  private constructor(nodes: readonly RedisServer[], ids: readonly string[]) {
    this.nodes = nodes;
    this.#ids = ids;
  }

  /** Starts three nodes, and waits until each knows the slots of all. */
  static async start(): Promise<RedisCluster> {
    const start = () => RedisServer.start(["--cluster-enabled", "yes"]);
    const nodes = await Promise.all([start(), start(), start()]);
    const share = Math.ceil(SLOTS / nodes.length);
    for (const [index, node] of nodes.entries()) {
      const last = Math.min((index + 1) * share, SLOTS) - 1;
      const range = [`${index * share}`, `${last}`];
      await node.command("CLUSTER", "ADDSLOTSRANGE", ...range);
      await node.command("CLUSTER", "SET-CONFIG-EPOCH", `${index + 1}`);
    }
    const [first, ...others] = nodes;
    for (const { port } of others) {
      await first?.command("CLUSTER", "MEET", "127.0.0.1", `${port}`);
    }
    const ids = await Promise.all(
      nodes.map(async (node) => `${await node.command("CLUSTER", "MYID")}`),
    );
    const cluster = new RedisCluster(nodes, ids);
    await cluster.#isComplete();
    return cluster;
  }

  /** The URLs of all nodes. */
  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Moves slots with their keys from one node to another, as an operator would. */
  async move(from: number, to: number, slots: number): Promise<void> {
    const { success, stdout } = await new Deno.Command("redis-cli", {
      args: [
        ...["--cluster", "reshard", `127.0.0.1:${this.nodes[0]?.port}`],
        ...["--cluster-from", this.#ids[from]!, "--cluster-to", this.#ids[to]!],
        ...["--cluster-slots", `${slots}`, "--cluster-yes"],
      ],
      stdin: "null",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stdout));
  }

  /** Kills all nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  async #isComplete(): Promise<void> {
    for (const node of this.nodes) {
      for (;;) {
        const info = `${await node.command("CLUSTER", "INFO")}`;
        const isKnown = info.includes(
          `cluster_known_nodes:${this.nodes.length}`,
        );
        if (isKnown && info.includes("cluster_state:ok")) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
