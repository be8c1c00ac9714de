import type { Source } from "../protocol/mod.ts";
import type { Address } from "./address.ts";

/** Where bytes go: a `Deno.Conn`, standard output. */
export interface Writer {
  /** Writes some of the bytes and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** A connection over which bytes go both ways: a `Deno.TcpConn`, or one with TLS. */
export interface Conn extends Source, Writer {
  /** The address of the other end. */
  readonly remoteAddr: Address;
  /** With TLS: resolves when both sides have agreed on a key. */
  readonly handshake?: Promise<void>;
  /** Sends small writes at once, too. */
  setNoDelay(): void;
  /** Sends no more; what the other end sends is still read. */
  closeWrite(): Promise<void>;
  /** Closes it, and ends any read or write that is pending. */
  close(): void;
}

/** Where connections come in: a `Deno.TcpListener`, or one with TLS. */
export interface Listener {
  /** Where it listens, with the port that it got. */
  readonly addr: Address;
  /** Waits for the next connection. */
  accept(): Promise<Conn>;
  /** Closes it: `accept` throws a `Deno.errors.BadResource` from here on. */
  close(): void;
}

/** Writes all of the bytes, in as many writes as it takes. */
export async function writeAll(
  writer: Writer,
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await writer.write(bytes.subarray(written));
  }
}

/** Closes what may have been closed already. */
export function closeOnce(resource: { close(): void }): void {
  try {
    resource.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
