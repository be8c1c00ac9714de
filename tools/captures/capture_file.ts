import { join } from "../harness/join.ts";

/** A packet, and when it was seen. */
export interface Packet {
  /** In microseconds since 1970. */
  readonly time: number;
  /** From the IP header on. */
  readonly bytes: Uint8Array;
}

/** Link type 101, LINKTYPE_RAW: a packet begins with its IP header, of version 4 or 6. */
const RAW_IP = 101;

/** The longest packet that the file may hold. */
const MAX_PACKET_LENGTH = 262_144;

/**
 * Writes packets as a file that Wireshark opens (pcap, draft-ietf-opsawg-pcap).
 *
 * @param packets The packets, in the order in which they are to be shown.
 * @param limit Bytes to keep of each packet, as `tshark -s` has it.
 */
export function captureFile(
  packets: readonly Packet[],
  limit = MAX_PACKET_LENGTH,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4); // times are in microseconds
  header.setUint16(4, 2); // version 2.4
  header.setUint16(6, 4);
  header.setUint32(16, limit);
  header.setUint32(20, RAW_IP);
  return join(
    new Uint8Array(header.buffer),
    ...packets.flatMap((packet) => record(packet, limit)),
  );
}

function record({ time, bytes }: Packet, limit: number): Uint8Array[] {
  const kept = bytes.subarray(0, limit);
  const header = new DataView(new ArrayBuffer(16));
  header.setUint32(0, Math.floor(time / 1_000_000));
  header.setUint32(4, time % 1_000_000);
  header.setUint32(8, kept.length);
  header.setUint32(12, bytes.length);
  return [new Uint8Array(header.buffer), kept];
}
