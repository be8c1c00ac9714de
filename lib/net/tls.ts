/**
 * Connections with TLS. They are Node's, as Deno's own cannot be let go of
 * before both sides have agreed on a key: whoever connects to a
 * `Deno.TlsListener` and says nothing keeps a socket of it for as long as he
 * likes.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import {
  connect,
  createSecureContext,
  type SecureContext,
  TLSSocket,
} from "node:tls";
import type { Address } from "./address.ts";
import type { Conn, Listener } from "./conn.ts";

/** What a server shows to whoever connects, and proves to be its own. */
export interface Certificate {
  /** The certificate in PEM, and behind it those that vouch for it. */
  readonly cert: string;
  /** Its private key, in PEM. */
  readonly key: string;
}

/** Whose certificates are good enough. */
export interface Trust {
  /** An authority's certificate in PEM; without it, the well-known ones count. */
  readonly ca?: string;
}

/** How long, in milliseconds, the other end has to learn that this one is done. */
const LINGER = 1_000;

/**
 * Listens for connections with TLS. What a client has to say before anything can
 * be read from it is waited for in the first `read`.
 *
 * @throws {TypeError} If the certificate or its key cannot be read, or do not
 * belong together.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 */
export async function listenTls(
  { hostname: host, port, tcpBacklog: backlog, reusePort }:
    Deno.TcpListenOptions,
  certificate: Certificate,
): Promise<Listener> {
  checkCertificate(certificate);
  await requestPermission();
  const server = createServer({ allowHalfOpen: true });
  const context = createSecureContext(certificate);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(asDenoError(error)));
    server.listen({ host, port, backlog, reusePort }, resolve);
  });
  return new TlsListener(server, context);
}

/**
 * Connects with TLS, and makes sure who is at the other end.
 *
 * @throws {Error} If nobody is there, or somebody else, or the signal comes first.
 */
export async function connectTls(
  { hostname: host, port }: Address,
  trust: Trust,
  signal: AbortSignal,
): Promise<Conn> {
  signal.throwIfAborted();
  const socket = connect({ host, port, ...trust });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", (error) => reject(asDenoError(error)));
    socket.once("close", () => reject(new Error("closed before it was open")));
  });
  return new TlsConn(socket, { hostname: host, port });
}

class TlsListener implements Listener {
  readonly addr: Address;
  readonly #server: Server;
  readonly #context: SecureContext;
  readonly #waiting: Conn[] = [];
  #arrived = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(server: Server, context: SecureContext) {
    const address = server.address();
    if (address === null || typeof address === "string") {
      throw new TypeError("Expected a server that listens on a port");
    }
    this.addr = { hostname: address.address, port: address.port };
    this.#server = server;
    this.#context = context;
    server.on("connection", (tcp) => this.#arrive(tcp));
    // Such as too many open files: others may be closed in a moment.
    server.on("error", () => {});
  }

  async accept(): Promise<Conn> {
    while (!this.#isClosed) {
      const conn = this.#waiting.shift();
      if (conn) return conn;
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers();
    }
    throw new Deno.errors.BadResource("Listener has been closed");
  }

  close(): void {
    this.#isClosed = true;
    this.#server.close();
    for (const conn of this.#waiting) conn.close();
    this.#arrived.resolve();
  }

  #arrive(tcp: Socket): void {
    const { remoteAddress: hostname = "", remotePort: port = 0 } = tcp;
    const socket = new TLSSocket(tcp, {
      isServer: true,
      secureContext: this.#context,
    });
    this.#waiting.push(new TlsConn(socket, { hostname, port }));
    this.#arrived.resolve();
  }
}

/** A socket of Node's that is read from and written to as those of Deno are. */
class TlsConn implements Conn {
  readonly remoteAddr: Address;
  readonly #socket: TLSSocket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What has been received and did not fit into what was read into. */
  #rest: Uint8Array = new Uint8Array();

  constructor(socket: TLSSocket, remoteAddr: Address) {
    this.remoteAddr = remoteAddr;
    this.#socket = socket;
    // Whoever reads or writes is told of errors: this keeps them from the others.
    socket.on("error", () => {});
    // The end of what comes in is not the end of what goes out.
    this.#chunks = socket.iterator({ destroyOnReturn: false });
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const { value, done } = await this.#chunks.next();
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
    this.#socket.setNoDelay();
  }

  async closeWrite(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.end(resolve));
  }

  close(): void {
    if (this.#socket.destroyed) return;
    // An end that is not announced could be somebody's who has cut the wire.
    const timer = setTimeout(() => this.#socket.destroy(), LINGER);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.end(() => this.#socket.destroy());
  }
}

function checkCertificate({ cert, key }: Certificate): void {
  const parsed = read("certificate", () => new X509Certificate(cert));
  const isPair = parsed.checkPrivateKey(
    read("private key", () => createPrivateKey(key)),
  );
  if (!isPair) {
    throw new TypeError("The private key is not that of the certificate");
  }
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`Expected a ${what} in PEM`, { cause });
  }
}

/** Without it, Node throws where nobody can catch it. */
async function requestPermission(): Promise<void> {
  const { state } = await Deno.permissions.request({ name: "net" });
  if (state !== "granted") {
    throw new Deno.errors.NotCapable("The network is not allowed");
  }
}

/** The errors that others look for have the classes that Deno gives them. */
function asDenoError(error: Error): Error {
  const code = "code" in error ? error.code : undefined;
  const { message } = error;
  switch (code) {
    case "EADDRINUSE":
      return new Deno.errors.AddrInUse(message, { cause: error });
    case "ECONNREFUSED":
      return new Deno.errors.ConnectionRefused(message, { cause: error });
    default:
      return error;
  }
}
