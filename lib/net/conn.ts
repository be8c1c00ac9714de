import type { Source } from "../protocol/mod.ts";
import type { Address } from "./address.ts";
import type { Writer } from "./write_all.ts";

/** A connection over which bytes go both ways: a `Deno.TcpConn`, or one with TLS. */
export interface Conn extends Source, Writer {
  /** Who is at the other end. */
  readonly remoteAddr: Address;
  /** With TLS: resolves when both sides have agreed on a key. */
  readonly handshake?: Promise<void>;
  /** Sends small writes at once, too. */
  setNoDelay(): void;
  /** Sends no more; what the other end sends is still read. */
  closeWrite(): Promise<void>;
  /** Ends it, and whatever is being read or written. */
  close(): void;
}

/** Where connections come in: a `Deno.TcpListener`, or one with TLS. */
export interface Listener {
  /** Where it listens, with the port that it got. */
  readonly addr: Address;
  /** Waits for the next connection. */
  accept(): Promise<Conn>;
  /** Ends it: `accept` throws a `Deno.errors.BadResource` from here on. */
  close(): void;
}
