import { Buffer } from "node:buffer";
import { setTimeout as wait } from "node:timers/promises";
import { createClient, createCluster, RESP_TYPES } from "@redis/client";
import {
  type EngineUrl,
  type EngineUrls,
  withoutPassword,
} from "./engine_url.ts";
import { PROBE_KEY } from "./entry.ts";
import { explained, refusal } from "./failure.ts";

/** How long connecting may take, in milliseconds. */
const CONNECT_TIMEOUT = 2_000;

/** The delay before connecting again, in milliseconds. */
const RETRY_DELAY = 1_000;

/** The same after a wrong password, which is rarely corrected within seconds. */
const REFUSED_DELAY = 30_000;

/** The part of a connection to an engine or a cluster that is used here. */
interface RedisClient {
  connect(): Promise<unknown>;
  get(key: Buffer): Promise<Buffer | null>;
  set(key: Buffer, value: Buffer, options?: SetOptions): Promise<unknown>;
  destroy(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "connect", listener: () => void): unknown;
}

interface SetOptions {
  readonly expiration?: { readonly type: "PX"; readonly value: number };
}

/** Options for {@linkcode Engine}. */
export interface EngineOptions {
  /** The certificate authority to trust, in PEM, instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** Called when it is connected and has answered. */
  readonly onConnected: () => void;
  /** Called when it cannot be reached or the connection is lost, with the reason. */
  readonly onLost: (error: Error) => void;
}

/**
 * Keeps a connection to an engine that speaks the protocol of Redis, or to a cluster
 * of them. When the connection is lost, it reconnects.
 */
export class Engine {
  /** Its URL or URLs, without the password. */
  readonly name: string;
  readonly #urls: EngineUrls;
  readonly #options: EngineOptions;
  readonly #closing = new AbortController();
  #client: RedisClient | undefined;
  /** Gives up the current connection, for a reason. */
  #lose: (reason: Error) => void = () => {};

  /**
   * Begins to connect.
   *
   * @param urls The engine, or nodes of a cluster.
   * @param options The certificate authority to trust, and what to call.
   */
  constructor(urls: EngineUrls, options: EngineOptions) {
    this.name = urls.map(withoutPassword).join(", ");
    this.#urls = urls;
    this.#options = options;
    void this.#run();
  }

  /** Whether it is connected. */
  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Reads a string. It may never settle: a stopped engine keeps connections open. */
  async get(key: Buffer): Promise<Uint8Array | undefined> {
    return await this.#client?.get(key) ?? undefined;
  }

  /**
   * Writes a string. Like {@linkcode Engine.get}, it may never settle.
   *
   * @param key The key.
   * @param value The value. It is not copied.
   * @param timeToLive How long to keep it, in milliseconds, or without a limit.
   */
  async set(key: Buffer, value: Uint8Array, timeToLive: number): Promise<void> {
    const { buffer, byteOffset, byteLength } = value;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    const expiration = { type: "PX", value: timeToLive } as const;
    const options = timeToLive === Infinity ? {} : { expiration };
    await this.#client?.set(key, bytes, options);
  }

  /** Drops the connection, which fails all pending commands. */
  reset(reason: Error): void {
    this.#lose(reason);
  }

  /** Closes the connection for good. */
  close(): void {
    this.#closing.abort();
    this.#lose(new Error("closed"));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const reason = withoutArguments(await this.#connectOnce());
      if (signal.aborted) return;
      const said = isUnexplained(reason) && await refusal(this.#urls[0]);
      this.#options.onLost(said || explained(reason));
      const delay = isRefusal(reason) ? REFUSED_DELAY : RETRY_DELAY;
      // It does not keep the process alive.
      await wait(delay, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Connects, and returns why the connection failed or, in the end, was lost. */
  async #connectOnce(): Promise<Error> {
    const lost = Promise.withResolvers<Error>();
    this.#lose = lost.resolve;
    const client = clientFor(this.#urls, this.#options.ca);
    let last: Error | undefined;
    client.on("error", (error) => {
      last = error;
      // A cluster goes on without one of its nodes.
      if (this.#urls.length === 1) lost.resolve(error);
    });
    let missing = "not connected";
    client.on("connect", () => missing = "no answer");
    const timer = setTimeout(() => {
      lost.resolve(new Error(`${missing} within ${CONNECT_TIMEOUT} ms`));
    }, CONNECT_TIMEOUT);
    // A stopped engine accepts connections, too.
    const connected = client.connect().then(() => client.get(PROBE_KEY)).then(
      () => undefined,
      // For a cluster, its error only says that no node answers.
      (error) => last ?? error,
    );
    let reason = await Promise.race([connected, lost.promise]);
    clearTimeout(timer);
    if (!reason) {
      this.#client = client;
      this.#options.onConnected();
      reason = await lost.promise;
      this.#client = undefined;
    }
    client.destroy();
    return reason;
  }
}

/** Creates a client that connects once: reconnecting is up to `Engine`. */
function clientFor(
  urls: EngineUrls,
  ca: string | undefined,
): RedisClient {
  const [{ isSecure, username, password, database }] = urls;
  const options = {
    // Version 3 would only add commands to each connection.
    RESP: 2,
    maintNotifications: "disabled",
    disableClientInfo: true,
    disableOfflineQueue: true,
    // Its timeouts do not end commands that have been sent.
    commandOptions: {
      timeout: 0,
      typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer },
    },
  } as const;
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  // The client library listens to errors of a socket too late for one that follows
  // at once, as a TLS alert does. Node.js listens to those of a socket with a signal.
  const guarded = { signal: new AbortController().signal };
  const socketOf = ({ hostname, port }: EngineUrl) => ({
    host: hostname,
    port,
    connectTimeout: CONNECT_TIMEOUT,
    reconnectStrategy: false as const,
    ...(isSecure && { tls: true as const, ...(ca !== undefined && { ca }) }),
    ...guarded,
  });
  const [first, ...others] = urls;
  if (others.length === 0) {
    return createClient({
      ...options,
      ...login,
      database,
      socket: socketOf(first),
    });
  }
  const { host: _host, port: _port, ...socket } = socketOf(first);
  return createCluster({
    ...options,
    rootNodes: urls.map((url) => ({
      // A node that has stopped does not keep the others from being asked.
      socket: { ...socketOf(url), socketTimeout: CONNECT_TIMEOUT },
    })),
    defaults: {
      ...options,
      ...login,
      socket: { ...socket, reconnectStrategy: RETRY_DELAY },
    },
  });
}

/** Whether the client library does not say why an engine closed the connection. */
function isUnexplained(error: Error): boolean {
  return error instanceof TypeError ||
    error.message.startsWith("Socket closed");
}

/** Whether an engine has refused the user or the password. */
function isRefusal({ message }: Error): boolean {
  return /^(?:WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/.test(message);
}

/**
 * Redis repeats the arguments of a command that it does not know. Those of AUTH
 * contain the password.
 */
function withoutArguments(error: Error): Error {
  const [message] = error.message.split(", with args beginning with", 1);
  return message === error.message ? error : new Error(message);
}
