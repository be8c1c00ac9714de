import type { TLSSocket as Socket } from "node:tls";
import type { Address } from "../address.ts";
import { authoritiesOf, checkTls } from "./check_tls.ts";
import {
  identityOf,
  UntrustedClientError,
  whyUntrusted,
} from "./client_certificate.ts";
import { type Conn, type Listener, writeAll } from "../conn.ts";
import { TLS_HANDSHAKE } from "../foreign_protocol.ts";
import { TlsConn, Wire } from "./tls_conn.ts";
import type { TlsOptions } from "./tls_options.ts";

// A static import would load it even if this module is never evaluated.
const { createSecureContext, createServer, TLSSocket } = process
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
    socket.on("error", onFailure);
    socket.once("secure", () => onSecure(socket));
  };
}

/**
 * Accepts only clients with a certificate (docs/decisions/0012). A `TLSSocket`
 * alone would accept those of any authority; a `tls.Server` that never listens
 * verifies them.
 */
function verifyingEnd(
  { cert, key, caCerts }: {
    readonly cert: string;
    readonly key: string;
    readonly caCerts: readonly string[];
  },
): ServerEnd {
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
    // There is one already. This timer would outlive a failed handshake.
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
      // Deno verifies nothing then, and accepts a certificate that it has refused.
      if (socket.isSessionReused()) {
        onFailure(new UntrustedClientError(RESUMED), socket);
        return;
      }
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

const RESUMED =
  "the client has resumed a TLS session, which does not prove who it is";

/** The server end of a connection with TLS. */
class AcceptedConn implements Conn {
  readonly handshake: Promise<string | undefined>;
  readonly #wire: Wire;
  /** The connection once its handshake is complete. */
  #secure: TlsConn | undefined;

  constructor(wire: Wire, secure: ServerEnd) {
    this.#wire = wire;
    this.handshake = new Promise((resolve, reject) => {
      // A port check, which connects and closes, is not an error.
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
    // A refused connection does not wait for its handshake.
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

/** A fatal alert, protocol_version, for a client without TLS (RFC 8446, section 6). */
const ALERT = new Uint8Array([21, 3, 1, 0, 2, 2, 70]);
