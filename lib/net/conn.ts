import type { Source } from "../protocol/mod.ts";
import type { Address } from "./address.ts";
import type { TlsOptions } from "./tls/tls_options.ts";

/** A destination for bytes: a `Deno.Conn`, standard output. */
export interface Writer {
  /** Writes some of the bytes and returns the number written. */
  write(bytes: Uint8Array): Promise<number>;
}

/** A duplex connection: a `Deno.TcpConn`, or TLS over one. */
export interface Conn extends Source, Writer {
  /** The address of the peer. */
  readonly remoteAddr: Address;
  /**
   * With TLS, at a server: resolves when the handshake is complete, to the name in
   * the client's certificate, or when the connection is closed. Do not read before
   * that.
   */
  readonly handshake?: Promise<string | undefined> | undefined;
  /** Disables Nagle's algorithm, so that small writes are sent immediately. */
  setNoDelay(): void;
  /** Half-closes the connection: data from the peer can still be read. */
  closeWrite(): Promise<void>;
  /** Closes the connection and ends any pending read or write. */
  close(): void;
}

/** Accepts connections: a `Deno.TcpListener`, or TLS over one. */
export interface Listener {
  /** The address it listens on, with the actual port. */
  readonly addr: Address;
  /** Waits for the next connection. */
  accept(): Promise<Conn>;
  /**
   * With TLS: uses other options for the connections accepted from now on.
   *
   * @throws {TypeError} If the options are invalid. The old ones stay in use.
   */
  reload?(options: TlsOptions): void;
  /** Stops listening: `accept` throws a `Deno.errors.BadResource` from then on. */
  close(): void;
}

/** How long a peer has to receive what was sent last and to close, in milliseconds. */
export const LINGER = 1_000;

/** Writes all of the bytes, in as many writes as necessary. */
export async function writeAll(
  writer: Writer,
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await writer.write(bytes.subarray(written));
  }
}

/** Closes a resource that may already be closed. */
export function closeOnce(resource: { close(): void }): void {
  try {
    resource.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
