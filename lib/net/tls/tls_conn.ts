/**
 * TLS over Deno's TCP connections, with `node:tls`. A `Deno.TlsConn` cannot be
 * closed before its handshake is complete, so a client that connects to a
 * `Deno.TlsListener` and sends nothing would hold a socket indefinitely.
 *
 * @module
 */

import type { TLSSocket as Socket } from "node:tls";
import type { Address } from "../address.ts";
import { closeOnce, type Conn, LINGER, writeAll } from "../conn.ts";

// A static import would load it even if this module is never evaluated.
const { Duplex } = process.getBuiltinModule("node:stream");

/** Stop reading ciphertext at this many unread bytes of plaintext. */
const MAX_PLAINTEXT = 16_384;

/** A Deno connection as a Node.js stream. */
export class Wire extends Duplex {
  readonly tcp: Deno.TcpConn;
  readonly #buffer = new Uint8Array(4_096);
  #isPaused = false;
  /**
   * The number of unread bytes of plaintext. The TLS socket would buffer any
   * number of them.
   */
  plaintextLength: () => number = () => 0;
  /** Checks the first bytes and returns whether to continue. */
  first: ((bytes: Uint8Array) => boolean) | undefined;

  constructor(tcp: Deno.TcpConn) {
    super({ allowHalfOpen: true });
    this.tcp = tcp;
  }

  /** Resumes reading if it was paused and enough plaintext has been read. */
  resumeReading(): void {
    if (this.#isPaused) this._read();
  }

  override _read(): void {
    this.#isPaused = this.plaintextLength() >= MAX_PLAINTEXT;
    if (this.#isPaused) return;
    this.tcp.read(this.#buffer).then(
      (count) =>
        this.#take(count === null ? null : this.#buffer.slice(0, count)),
      (error) => this.destroy(error),
    );
  }

  #take(bytes: Uint8Array | null): void {
    const goesOn = !bytes || (this.first?.(bytes) ?? true);
    this.first = undefined;
    if (goesOn) this.push(bytes);
  }

  override _write(
    bytes: Uint8Array,
    _encoding: unknown,
    done: (error?: Error) => void,
  ): void {
    writeAll(this.tcp, bytes).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.tcp.closeWrite().then(() => done(), done);
  }

  override _destroy(
    error: Error | null,
    done: (error: Error | null) => void,
  ): void {
    closeOnce(this.tcp);
    done(error);
  }
}

/** A Node.js TLS socket as a Deno connection, once its handshake is complete. */
export class TlsConn implements Conn {
  readonly #wire: Wire;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Bytes received that did not fit into the buffer of the last `read`. */
  #rest: Uint8Array = new Uint8Array();

  constructor(wire: Wire, socket: Socket) {
    this.#wire = wire;
    this.#socket = socket;
    wire.plaintextLength = () => socket.readableLength;
    // Reads and writes report errors. Without a listener, they would be uncaught.
    socket.on("error", () => {});
    // The connection may be half-closed: the end of input must not destroy it.
    this.#chunks = socket.iterator({ destroyOnReturn: false });
  }

  get remoteAddr(): Address {
    return this.#wire.tcp.remoteAddr;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const next = this.#chunks.next();
      this.#wire.resumeReading();
      const { value, done } = await next;
      this.#wire.resumeReading();
      if (done) return null;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, buffer.length);
    buffer.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
    return bytes.length;
  }

  setNoDelay(): void {
    this.#wire.tcp.setNoDelay();
  }

  async closeWrite(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.end(resolve));
  }

  close(): void {
    const destroy = () => this.#socket.destroy();
    const { destroyed, writableLength } = this.#socket;
    if (destroyed || writableLength > 0) return void destroy();
    // Send close_notify: without it, the peer cannot rule out a truncation attack.
    const timer = setTimeout(destroy, LINGER);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.end(destroy);
  }
}
