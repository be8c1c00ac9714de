/**
 * TLS over Deno's TCP connections. It is Node's, as a `Deno.TlsConn` cannot be
 * closed before its handshake is done: a client that connects to a
 * `Deno.TlsListener` and sends nothing would hold a socket for as long as it
 * likes.
 *
 * @module
 */

import type { SecureContext, TLSSocket as Socket } from "node:tls";
import type { Address } from "./address.ts";
import { closeOnce, type Conn, type Listener, writeAll } from "./conn.ts";
import { TLS_HANDSHAKE } from "./foreign_protocol.ts";

// Imports would load them even where this module is never evaluated.
const { createPrivateKey, X509Certificate } = process.getBuiltinModule(
  "node:crypto",
);
const { isIP } = process.getBuiltinModule("node:net");
const { Duplex } = process.getBuiltinModule("node:stream");
const { connect, createSecureContext, TLSSocket } = process.getBuiltinModule(
  "node:tls",
);

/** What one end of a connection needs for TLS, as in `Deno.listenTls` and `Deno.connectTls`. */
export interface TlsOptions {
  /** The certificate in PEM, followed by its chain. A server must have one. */
  readonly cert?: string;
  /** The private key of the certificate, in PEM. */
  readonly key?: string;
  /**
   * The authorities to trust, as certificates in PEM. Without it, a client
   * trusts the well-known ones.
   */
  readonly caCerts?: readonly string[];
}

/** How long, in milliseconds, the other end has to take notice of the end. */
const LINGER = 1_000;

/**
 * Puts TLS over the connections that a listener accepts. The first `read` waits
 * for the handshake.
 *
 * @throws {TypeError} If the certificate or its key is missing or cannot be
 * read, or they do not belong together.
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
 * Puts TLS over a connection, and verifies the server's certificate.
 *
 * @throws {TypeError} If the options cannot be read.
 * @throws {Error} If the handshake fails, or the signal is aborted first.
 */
export async function startTls(
  tcp: Deno.TcpConn,
  hostname: string,
  { cert, key, caCerts }: TlsOptions,
  signal: AbortSignal,
): Promise<Conn> {
  for (const ca of caCerts ?? []) {
    read("certificate of an authority", () => new X509Certificate(ca));
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
        () => reject(new Error("closed before it was open")),
      );
    });
  } finally {
    // A signal that lives on would keep the connection in memory.
    signal.removeEventListener("abort", abort);
  }
  return conn;
}

/** A fatal alert, «protocol version», for a client without TLS (RFC 8446, section 6). */
const ALERT = new Uint8Array([21, 3, 1, 0, 2, 2, 70]);

/** How many bytes may wait, deciphered, for whoever reads them. */
const ENOUGH = 16_384;

/** A connection of Deno's as a stream of Node's. */
class Wire extends Duplex {
  readonly tcp: Deno.TcpConn;
  readonly #buffer = new Uint8Array(4_096);
  #isWaiting = false;
  /** How many bytes wait above. The TLS there would take in any number of them. */
  waitingAbove: () => number = () => 0;
  /** Looks at the first bytes, and tells whether to go on. */
  first: ((bytes: Uint8Array) => boolean) | undefined;

  constructor(tcp: Deno.TcpConn) {
    super({ allowHalfOpen: true });
    this.tcp = tcp;
  }

  /** Reads on, if it has waited for those above to be read and they are. */
  readOn(): void {
    if (this.#isWaiting) this._read();
  }

  override _read(): void {
    this.#isWaiting = this.waitingAbove() >= ENOUGH;
    if (this.#isWaiting) return;
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

/** A stream of Node's as a connection of Deno's. */
class TlsConn implements Conn {
  readonly handshake: Promise<void>;
  readonly #wire: Wire;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What has been received and did not fit into what was read into. */
  #rest: Uint8Array = new Uint8Array();
  /** Whether both sides have agreed on a key. */
  #isSecure = false;

  constructor(wire: Wire, socket: Socket) {
    this.#wire = wire;
    this.#socket = socket;
    wire.waitingAbove = () => socket.readableLength;
    this.handshake = new Promise((resolve) => {
      socket.once("secure", () => {
        this.#isSecure = true;
        resolve();
      });
    });
    // Whoever reads or writes is told of errors: this keeps them from the others.
    socket.on("error", () => {});
    // The end of what comes in is not the end of what goes out.
    this.#chunks = socket.iterator({ destroyOnReturn: false });
  }

  get remoteAddr(): Address {
    return this.#wire.tcp.remoteAddr;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const next = this.#chunks.next();
      this.#wire.readOn();
      const { value, done } = await next;
      this.#wire.readOn();
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
    const cut = () => this.#socket.destroy();
    const { destroyed, writableLength } = this.#socket;
    if (destroyed || !this.#isSecure || writableLength > 0) return void cut();
    // An end that is not announced could be somebody's who has cut the wire.
    const timer = setTimeout(cut, LINGER);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.end(cut);
  }
}

function serverContext({ cert, key }: TlsOptions): SecureContext {
  if (cert === undefined || key === undefined) {
    throw new TypeError("TLS needs a certificate and its private key");
  }
  const parsed = read("certificate", () => new X509Certificate(cert));
  const isPair = parsed.checkPrivateKey(
    read("private key", () => createPrivateKey(key)),
  );
  if (!isPair) {
    throw new TypeError("The private key does not belong to the certificate");
  }
  return createSecureContext({ cert, key });
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`Expected a ${what} in PEM`, { cause });
  }
}
