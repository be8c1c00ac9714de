/**
 * TLS over Deno's TCP connections, with `node:tls`. A `Deno.TlsConn` cannot be
 * closed before its handshake is complete, so a client that connects to a
 * `Deno.TlsListener` and sends nothing would hold a socket indefinitely.
 *
 * @module
 */

import type { SecureContext, TLSSocket as Socket } from "node:tls";
import type { Address } from "./address.ts";
import {
  closeOnce,
  type Conn,
  LINGER,
  type Listener,
  writeAll,
} from "./conn.ts";
import { TLS_HANDSHAKE } from "./foreign_protocol.ts";

// Static imports would load these even if this module is never evaluated.
const { createPrivateKey, X509Certificate } = process.getBuiltinModule(
  "node:crypto",
);
const { isIP } = process.getBuiltinModule("node:net");
const { Duplex } = process.getBuiltinModule("node:stream");
const { connect, createSecureContext, TLSSocket } = process.getBuiltinModule(
  "node:tls",
);

/**
 * TLS options for either end of a connection, named as in `Deno.listenTls` and
 * `Deno.connectTls`.
 */
export interface TlsOptions {
  /** The certificate in PEM, followed by its chain. Required for a server. */
  readonly cert?: string;
  /** The private key of the certificate, in PEM. */
  readonly key?: string;
  /**
   * The certificate authorities to trust, in PEM. By default, a client trusts the
   * well-known ones.
   */
  readonly caCerts?: readonly string[];
  /**
   * For a client: the host name that the server's certificate must be valid for.
   * Defaults to the one that it connects to.
   */
  readonly hostname?: string;
}

/**
 * Wraps the connections that a listener accepts in TLS. The first `read` waits
 * for the handshake.
 *
 * @throws {TypeError} If the certificate or its key is missing or cannot be
 * parsed, or they do not match.
 */
export function acceptTls(
  listener: Deno.TcpListener,
  options: TlsOptions,
): Listener {
  const secureContext = serverContext(options);
  return {
    addr: listener.addr,
    close: () => listener.close(),
    async accept() {
      const wire = new Wire(await listener.accept());
      const socket = new TLSSocket(wire, { isServer: true, secureContext });
      wire.first = (bytes) => {
        if (bytes[0] === TLS_HANDSHAKE) return true;
        const error = new Error("the client does not speak TLS");
        writeAll(wire.tcp, ALERT).catch(() => {})
          .finally(() => socket.destroy(error));
        return false;
      };
      return new TlsConn(wire, socket);
    },
  };
}

/**
 * Wraps a connection in TLS and verifies the server's certificate.
 *
 * @throws {TypeError} If a certificate authority cannot be parsed.
 * @throws {Error} If the handshake fails, or the signal is aborted first.
 */
export async function startTls(
  tcp: Deno.TcpConn,
  connected: string,
  { cert, key, caCerts, hostname = connected }: TlsOptions,
  signal: AbortSignal,
): Promise<Conn> {
  for (const ca of caCerts ?? []) {
    parsePem("CA certificate", () => new X509Certificate(ca));
  }
  const wire = new Wire(tcp);
  const socket = connect({
    socket: wire,
    host: hostname,
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(caCerts && { ca: [...caCerts] }),
  });
  const conn = new TlsConn(wire, socket);
  const abort = () => conn.close();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
      socket.once(
        "close",
        () => reject(new Error("closed during the TLS handshake")),
      );
    });
  } finally {
    // Otherwise a long-lived signal would keep the connection in memory.
    signal.removeEventListener("abort", abort);
  }
  return conn;
}

/** A fatal alert, «protocol version», for a client without TLS (RFC 8446, section 6). */
const ALERT = new Uint8Array([21, 3, 1, 0, 2, 2, 70]);

/** Stop reading ciphertext at this many unread bytes of plaintext. */
const MAX_PLAINTEXT = 16_384;

/** A Deno connection as a Node.js stream. */
class Wire extends Duplex {
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

/** A Node.js TLS socket as a Deno connection. */
class TlsConn implements Conn {
  readonly handshake: Promise<void>;
  readonly #wire: Wire;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Bytes received that did not fit into the buffer of the last `read`. */
  #rest: Uint8Array = new Uint8Array();
  /** Whether the handshake is complete. */
  #isSecure = false;

  constructor(wire: Wire, socket: Socket) {
    this.#wire = wire;
    this.#socket = socket;
    wire.plaintextLength = () => socket.readableLength;
    this.handshake = new Promise((resolve) => {
      socket.once("secure", () => {
        this.#isSecure = true;
        resolve();
      });
    });
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
    if (destroyed || !this.#isSecure || writableLength > 0) {
      return void destroy();
    }
    // Send close_notify: without it, the peer cannot rule out a truncation attack.
    const timer = setTimeout(destroy, LINGER);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.end(destroy);
  }
}

function serverContext({ cert, key }: TlsOptions): SecureContext {
  if (cert === undefined || key === undefined) {
    throw new TypeError("TLS needs a certificate and its private key");
  }
  const parsed = parsePem("certificate", () => new X509Certificate(cert));
  const isMatch = parsed.checkPrivateKey(
    parsePem("private key", () => createPrivateKey(key)),
  );
  if (!isMatch) {
    throw new TypeError("The private key does not match the certificate");
  }
  return createSecureContext({ cert, key });
}

function parsePem<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`Expected a ${what} in PEM`, { cause });
  }
}
