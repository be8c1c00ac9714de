import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { type Address, formatAddress } from "../net/mod.ts";
import { printable } from "../terminal/printable.ts";

/** The maximum number of connections: some for each open page. */
const MAX_CONNECTIONS = 512;

/** Timeouts in milliseconds. They keep slow clients from occupying connections. */
const TIMEOUTS = {
  /** For the headers of a request. */
  headersTimeout: 5_000,
  /** For a request with its body. */
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

/** Answers a request. */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

/**
 * Serves HTTP, bounded in time and in connections, which `Deno.serve` cannot be
 * (docs/decisions/0013-live-page.md).
 */
export class HttpServer {
  readonly #server: Server;

  /**
   * @param handle Answers each request. If it fails, the client gets a status 500.
   */
  constructor(handle: HttpHandler) {
    this.#server = createServer(TIMEOUTS, async (request, response) => {
      try {
        await handle(request, response);
      } catch (error) {
        // The client has left.
        if (response.destroyed) return;
        console.error(`Internal error: ${printable(`${error}`)}`);
        if (response.headersSent) return response.destroy();
        response.writeHead(500).end("Internal error\n");
      }
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    // It would read ahead and answer any number of requests before the role could.
    this.#server.maxRequestsPerSocket = 1;
  }

  /**
   * Listens.
   *
   * @param address The address to listen on.
   * @throws {Deno.errors.AddrInUse} If the port is in use.
   * @throws {Deno.errors.NotCapable} If the permission is missing.
   */
  async listen(address: Address): Promise<void> {
    await demandNetwork(address);
    const { hostname, port } = address;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen({ host: hostname, port }, resolve);
    try {
      await promise;
    } catch (error) {
      throw isInUse(error) ? new Deno.errors.AddrInUse(error.message) : error;
    }
  }

  /** Where it listens. */
  get address(): Address {
    const address = this.#server.address();
    if (address === null || typeof address === "string") {
      throw new TypeError("Expected a server that listens on a port");
    }
    return { hostname: address.address, port: address.port };
  }

  /** Stops listening, and closes connections once they are idle. */
  close(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }
}

function isInUse(error: unknown): error is Error {
  return error instanceof Error && "code" in error &&
    error.code === "EADDRINUSE";
}

/** Without it, `node:http` throws where nothing can catch the error. */
async function demandNetwork(address: Address): Promise<void> {
  const host = formatAddress(address);
  const { state } = await Deno.permissions.request({ name: "net", host });
  if (state === "granted") return;
  throw new Deno.errors.NotCapable(`Requires net access to "${host}"`);
}
