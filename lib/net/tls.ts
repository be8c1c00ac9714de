/**
 * TLS over Deno's TCP connections, with `node:tls`. A `Deno.TlsConn` cannot be
 * closed before its handshake is complete, so a client that connects to a
 * `Deno.TlsListener` and sends nothing would hold a socket indefinitely.
 *
 * @module
 */

import type { TLSSocket as Socket } from "node:tls";
import type { Address } from "./address.ts";
import {
  identityOf,
  UntrustedClientError,
  whyUntrusted,
} from "./client_certificate.ts";
import {
  closeOnce,
  type Conn,
  LINGER,
  type Listener,
  writeAll,
} from "./conn.ts";
import { TLS_HANDSHAKE } from "./foreign_protocol.ts";
import type { TlsOptions } from "./tls_options.ts";

// Static imports would load these even if this module is never evaluated.
const { createPrivateKey, X509Certificate } = process.getBuiltinModule(
  "node:crypto",
);
const { isIP } = process.getBuiltinModule("node:net");
const { Duplex } = process.getBuiltinModule("node:stream");
const { connect, createSecureContext, createServer, TLSSocket } = process
  .getBuiltinModule("node:tls");

/**
 * Wraps the connections that a listener accepts in TLS. They must not be read
 * before their handshake is complete.
 *
 * @throws {TypeError} If the certificate or its key is missing, one of the options
 * cannot be parsed, or the key does not match the certificate.
 */
export function acceptTls(
  listener: Deno.TcpListener,
  options: TlsOptions,
): Listener {
  let secure = serverEnd(options);
  return {
    addr: listener.addr,
    close: () => listener.close(),
    reload: (options) => void (secure = serverEnd(options)),
    async accept() {
      return new AcceptedConn(new Wire(await listener.accept()), secure);
    },
  };
}

/**
 * Wraps a connection in TLS and verifies the server's certificate.
 *
 * @throws {TypeError} If the options are invalid.
 * @throws {Error} If the handshake fails, or the signal is aborted first.
 */
export async function startTls(
  tcp: Deno.TcpConn,
  hostname: string,
  options: TlsOptions,
  signal: AbortSignal,
): Promise<Conn> {
  try {
    checkTls(options);
  } catch (error) {
    tcp.close();
    throw error;
  }
  const { cert, key, caCerts } = options;
  const wire = new Wire(tcp);
  const socket = connect({
    socket: wire,
    host: hostname,
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(caCerts && { ca: [...caCerts] }),
  });
  const abort = () => void socket.destroy();
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
  return new TlsConn(wire, socket);
}

/** Options that have been checked: most are used for many connections. */
const checked = new WeakSet<TlsOptions>();

/**
 * Checks the options for either end.
 *
 * @throws {TypeError} If one of them cannot be parsed, a certificate has no key or
 * the other way round, or they do not match.
 */
export function checkTls(options: TlsOptions): void {
  if (checked.has(options)) return;
  const { cert, key, caCerts } = options;
  if (cert !== undefined || key !== undefined) {
    if (cert === undefined || key === undefined) {
      throw new TypeError("TLS needs a certificate and its private key");
    }
    const parsed = parsePem("certificate", () => new X509Certificate(cert));
    const privateKey = parsePem("private key", () => createPrivateKey(key));
    if (!parsed.checkPrivateKey(privateKey)) {
      throw new TypeError("The private key does not match the certificate");
    }
  }
  authoritiesOf(caCerts ?? []);
  checked.add(options);
}

/** The certificates of authorities. A PEM may contain several. */
function authoritiesOf(
  caCerts: readonly string[],
): InstanceType<typeof X509Certificate>[] {
  return caCerts.flatMap((pem) =>
    (pem.match(CERTIFICATES) ?? [pem]).map((one) =>
      parsePem("CA certificate", () => new X509Certificate(one))
    )
  );
}

const CERTIFICATES =
  /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

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

/** Starts the handshake of an accepted connection, and reports how it ends. */
type ServerEnd = (
  wire: Wire,
  onSecure: (socket: Socket, identity?: string) => void,
  onFailure: (error: Error, socket?: Socket) => void,
) => void;

function serverEnd(options: TlsOptions): ServerEnd {
  const { cert, key, caCerts } = options;
  if (cert === undefined || key === undefined) {
    throw new TypeError("TLS needs a certificate and its private key");
  }
  checkTls(options);
  if (caCerts) return verifyingEnd({ cert, key, caCerts });
  const secureContext = createSecureContext({ cert, key });
  return (wire, onSecure, onFailure) => {
    const socket = new TLSSocket(wire, { isServer: true, secureContext });
    socket.once("error", onFailure);
    socket.once("secure", () => onSecure(socket));
  };
}

/**
 * Accepts only clients with a certificate (docs/decisions/0012). A `TLSSocket`
 * alone would accept those of any authority; a `tls.Server` that never listens
 * verifies them.
 */
function verifyingEnd({ cert, key, caCerts }: Required<TlsOptions>): ServerEnd {
  const authorities = authoritiesOf(caCerts);
  if (authorities.length === 0) {
    throw new TypeError("Expected at least one CA certificate: received none");
  }
  const fingerprints = new Set(
    authorities.map(({ fingerprint256 }) => fingerprint256),
  );
  const options = {
    cert,
    key,
    ca: [...caCerts],
    requestCert: true,
    // The handshake of a refused client is completed, to tell it why: the socket
    // could not send an alert. Nothing that it sends is read as a request.
    rejectUnauthorized: false,
    // There is one already. This one would outlive a handshake that fails.
    handshakeTimeout: -1,
  };
  // One for each handshake: their events do not say which connection they are about.
  const free: ReturnType<typeof createServer>[] = [];
  return (wire, onSecure, onFailure) => {
    const server = free.pop() ?? createServer(options);
    const fail = (error: Error) => onFailure(error);
    server.once("tlsClientError", fail);
    server.once("secureConnection", (socket) => {
      // After an error, it could have another event about the same connection.
      server.off("tlsClientError", fail);
      free.push(server);
      const certificate = socket.getPeerX509Certificate();
      // Deno accepts the certificate of an authority without the usual checks, and
      // if it is of X.509 version 1, even without proof that the client has its key.
      const isAuthority = certificate !== undefined &&
        fingerprints.has(certificate.fingerprint256);
      if (socket.authorized && certificate && !isAuthority) {
        onSecure(socket, identityOf(certificate));
      } else {
        onFailure(new UntrustedClientError(whyUntrusted(certificate)), socket);
      }
    });
    server.emit("connection", wire);
  };
}

/** The server end of a connection with TLS. */
class AcceptedConn implements Conn {
  readonly handshake: Promise<string | undefined>;
  readonly #wire: Wire;
  /** The connection once its handshake is complete. */
  #secure: TlsConn | undefined;

  constructor(wire: Wire, secure: ServerEnd) {
    this.#wire = wire;
    this.handshake = new Promise((resolve, reject) => {
      // A client that only tries whether somebody listens makes no mistake.
      wire.once("end", resolve);
      wire.once("close", resolve);
      const use = (socket: Socket) => {
        this.#secure = new TlsConn(wire, socket);
      };
      wire.first = (bytes) => {
        if (bytes[0] === TLS_HANDSHAKE) return true;
        const error = new Error("the client does not speak TLS");
        reject(error);
        writeAll(wire.tcp, ALERT).catch(() => {})
          .finally(() => wire.destroy());
        return false;
      };
      secure(wire, (socket, identity) => {
        use(socket);
        resolve(identity);
      }, (error, socket) => {
        if (socket) use(socket);
        reject(error);
      });
    });
    // A connection that is refused does not wait for its handshake.
    this.handshake.catch(() => {});
  }

  get remoteAddr(): Address {
    return this.#wire.tcp.remoteAddr;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#secure?.read(buffer) ?? Promise.resolve(null);
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (!this.#secure) throw new Error("closed during the TLS handshake");
    return await this.#secure.write(bytes);
  }

  setNoDelay(): void {
    this.#wire.tcp.setNoDelay();
  }

  async closeWrite(): Promise<void> {
    if (this.#secure) await this.#secure.closeWrite();
    else this.close();
  }

  close(): void {
    if (this.#secure) this.#secure.close();
    else this.#wire.destroy();
  }
}

/** A Node.js TLS socket as a Deno connection, once its handshake is complete. */
class TlsConn implements Conn {
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

function parsePem<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`Expected a ${what} in PEM`, { cause });
  }
}
