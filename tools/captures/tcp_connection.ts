import type { Packet } from "./capture_file.ts";
import { type Endpoint, FLAGS, tcpPacket } from "./tcp_packet.ts";

const { FIN, SYN, RST, PSH, ACK } = FLAGS;

/** The two ends of a connection: who opened it, and who accepted it. */
export type Side = "client" | "server";

/** How long, in microseconds, the kernel takes to react to a packet. */
const REACTION = 15;

const NOTHING: Uint8Array = new Uint8Array();

/** What one side has sent so far. */
interface Sender {
  readonly endpoint: Endpoint;
  /** The number of its next byte. */
  next: number;
}

/**
 * Writes the packets of a TCP connection, numbered and acknowledged as two
 * kernels would.
 */
export class TcpConnection {
  readonly #packets: Packet[];
  readonly #ends: Record<Side, Sender>;

  /**
   * Makes a connection that is not open yet.
   *
   * @param packets Where its packets are added.
   * @param client Who opens it.
   * @param server Who accepts it.
   */
  constructor(packets: Packet[], client: Endpoint, server: Endpoint) {
    this.#packets = packets;
    this.#ends = {
      client: { endpoint: client, next: 0 },
      server: { endpoint: server, next: 0 },
    };
  }

  /** The handshake. Times are in microseconds since 1970. */
  open(time: number): void {
    this.#write(time, "client", SYN);
    this.#write(time + REACTION, "server", SYN | ACK);
    this.#write(time + 2 * REACTION, "client", ACK);
  }

  /** An attempt to connect where nobody listens. */
  refuse(time: number): void {
    this.#write(time, "client", SYN);
    this.#write(time + REACTION, "server", RST | ACK);
  }

  /** Sends bytes as one segment, which the other side acknowledges. */
  send(time: number, from: Side, payload: Uint8Array): void {
    this.#write(time, from, PSH | ACK, payload);
    this.#write(time + REACTION, other(from), ACK);
  }

  /** Closes one side, and then the other. */
  close(time: number, first: Side, second = time + 6 * REACTION): void {
    this.#write(time, first, FIN | ACK);
    this.#write(time + REACTION, other(first), ACK);
    this.#write(second, other(first), FIN | ACK);
    this.#write(second + REACTION, first, ACK);
  }

  #write(time: number, from: Side, flags: number, payload = NOTHING): void {
    const sender = this.#ends[from];
    const receiver = this.#ends[other(from)];
    if (flags & SYN) sender.next = firstNumber(time);
    this.#packets.push({
      time,
      bytes: tcpPacket({
        from: sender.endpoint,
        to: receiver.endpoint,
        sequence: sender.next,
        acknowledgement: flags & ACK ? receiver.next : 0,
        flags,
        payload,
      }),
    });
    // SYN and FIN count as a byte each.
    sender.next += payload.length + (flags & (SYN | FIN) ? 1 : 0);
  }
}

/** The number to begin with: a clock of 4 µs tells it (RFC 9293, section 3.4.1). */
function firstNumber(time: number): number {
  return Math.floor(time / 4) % 2 ** 32;
}

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}
