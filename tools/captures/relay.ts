import type { Address } from "../../lib/net/mod.ts";
import { BarePeer } from "../harness/bare_peer.ts";
import { join } from "../harness/join.ts";
import type { Side } from "./tcp_connection.ts";

/** Bytes to read at once. */
const BUFFER_LENGTH = 65_536;

/** Bytes that one side of a connection has sent. */
interface Chunk {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

/** What went over a connection, in order. */
export class Exchange {
  readonly chunks: Chunk[] = [];

  /** All that one side has sent. */
  sentBy(side: Side): Uint8Array {
    return join(
      ...this.chunks.filter(({ from }) => from === side)
        .map(({ bytes }) => bytes),
    );
  }
}

/**
 * Stands between clients and a server, passes on what they send, and keeps a
 * copy: a capture for which nobody needs the right to capture.
 */
export class Relay implements AsyncDisposable {
  /** Where clients connect. */
  readonly address: Address;
  /** What went over each connection, in the order in which they were opened. */
  readonly exchanges: Exchange[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #end: Promise<void>;

  /**
   * Starts to listen on a free port.
   *
   * @param server Where to pass on what comes in.
   */
  constructor(server: Address) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = this.#listener.addr;
    this.#end = this.#accept(server);
  }

  /** Stops listening, and waits until all connections are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#end;
  }

  async #accept(server: Address): Promise<void> {
    const passing: Promise<void>[] = [];
    for await (const tcp of this.#listener) {
      const exchange = new Exchange();
      this.exchanges.push(exchange);
      passing.push(pass(new BarePeer(tcp), server, exchange));
    }
    await Promise.all(passing);
  }
}

async function pass(
  accepted: BarePeer,
  address: Address,
  { chunks }: Exchange,
): Promise<void> {
  using client = accepted;
  using server = await BarePeer.connect(address);
  await Promise.all([
    copy(client, server, (bytes) => chunks.push({ from: "client", bytes })),
    copy(server, client, (bytes) => chunks.push({ from: "server", bytes })),
  ]);
}

/** Copies until the end of the stream, and passes that on as well. */
async function copy(
  from: BarePeer,
  to: BarePeer,
  note: (bytes: Uint8Array) => void,
): Promise<void> {
  const buffer = new Uint8Array(BUFFER_LENGTH);
  for (;;) {
    const count = await from.tcp.read(buffer);
    if (count === null) break;
    const bytes = buffer.slice(0, count);
    note(bytes);
    await to.write(bytes);
  }
  await to.tcp.closeWrite();
}
