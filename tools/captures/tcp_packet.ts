import { join } from "../harness/join.ts";

/** One end of a TCP connection. */
export interface Endpoint {
  /** Bytes of its IP address: 4 or 16. */
  readonly ip: readonly number[];
  readonly port: number;
}

/** The flags of a TCP header (RFC 9293, section 3.1). */
export const FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;

/** A TCP segment on its way. */
export interface Segment {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** The sum of some {@linkcode FLAGS}. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

const TCP = 6;
const TCP_HEADER_LENGTH = 20;
const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;
const TIME_TO_LIVE = 64;
const WINDOW = 65_535;

/** Writes a segment as an IP packet of the version that its addresses have. */
export function tcpPacket(segment: Segment): Uint8Array {
  const { from, to } = segment;
  const tcp = tcpSegment(segment);
  const header = from.ip.length === 4
    ? ipv4Header(from, to, tcp.length)
    : ipv6Header(from, to, tcp.length);
  return join(header, tcp);
}

function tcpSegment(segment: Segment): Uint8Array {
  const { from, to, payload } = segment;
  const bytes = new Uint8Array(TCP_HEADER_LENGTH + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, from.port);
  view.setUint16(2, to.port);
  view.setUint32(4, segment.sequence);
  view.setUint32(8, segment.acknowledgement);
  view.setUint8(12, TCP_HEADER_LENGTH / 4 << 4);
  view.setUint8(13, segment.flags);
  view.setUint16(14, WINDOW);
  bytes.set(payload, TCP_HEADER_LENGTH);
  // The checksum covers the addresses, the protocol and the length, too.
  const pseudoHeader = [...from.ip, ...to.ip, 0, TCP];
  const covered = join(Uint8Array.from(pseudoHeader), bytes);
  view.setUint16(16, checksum(covered, bytes.length));
  return bytes;
}

function ipv4Header(from: Endpoint, to: Endpoint, length: number): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 4 << 4 | IPV4_HEADER_LENGTH / 4);
  view.setUint16(2, IPV4_HEADER_LENGTH + length);
  view.setUint16(6, 0x4000); // don't fragment
  view.setUint8(8, TIME_TO_LIVE);
  view.setUint8(9, TCP);
  bytes.set(from.ip, 12);
  bytes.set(to.ip, 16);
  view.setUint16(10, checksum(bytes));
  return bytes;
}

function ipv6Header(from: Endpoint, to: Endpoint, length: number): Uint8Array {
  const bytes = new Uint8Array(IPV6_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 6 << 4);
  view.setUint16(4, length);
  view.setUint8(6, TCP);
  view.setUint8(7, TIME_TO_LIVE);
  bytes.set(from.ip, 8);
  bytes.set(to.ip, 24);
  return bytes;
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  bytes.forEach((byte, index) => sum += index % 2 === 0 ? byte << 8 : byte);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum ^ 0xffff;
}
