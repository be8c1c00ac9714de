import type { StoredResponse, Tier } from "../cache/mod.ts";
import { type Frame, type Watch, watchAll } from "../protocol/mod.ts";
import { Breaker } from "./breaker.ts";
import { Engine } from "./engine.ts";
import { parseEngineUrls } from "./engine_url.ts";
import { entryKey, PROBE_KEY, responseIn, timeToLive } from "./entry.ts";
import { explained } from "./failure.ts";
import type { RedisFact } from "./redis_fact.ts";

/** The default time that a look-up may take, in milliseconds. */
export const DEFAULT_TIMEOUT = 50;

/** The maximum number of writes under way: at 64 KiB each, they take 32 MiB. */
const MAX_WRITES = 256;

/** Options for {@linkcode RedisStore}. */
export interface RedisStoreOptions {
  /**
   * How long a look-up may take, in milliseconds. After that, it is a miss.
   *
   * @default {50}
   */
  timeout?: number | undefined;
  /**
   * The certificate authority to trust for `rediss://`, in PEM. By default, the
   * well-known ones.
   */
  ca?: string | undefined;
  /** Closes the store. */
  signal?: AbortSignal | undefined;
  /** Called with each fact as it happens. Errors that it throws are logged. */
  watch?: Watch<RedisFact> | undefined;
}

/**
 * A tier of the cache in Redis, Valkey, or any engine that speaks the protocol of
 * Redis, shared by several proxies. It never fails or delays a request: a late
 * answer is a miss, and a failing engine is not used, except for one attempt a
 * second. Writes are not awaited.
 *
 * Anyone who can write to the engine can forge responses.
 *
 * @example Two proxies with a shared cache
 * ```ts
 * import { proxy, serve } from "@calculator/tcp";
 * import { RedisStore } from "@calculator/tcp/redis";
 *
 * function start(port: number, signal: AbortSignal) {
 *   const shared = new RedisStore(["redis://cache.example"], { signal });
 *   const server = { hostname: "calc.example", port: 9999 };
 *   return serve({ port, signal }, proxy(server, { shared, signal }));
 * }
 * ```
 */
export class RedisStore implements Tier, Disposable {
  readonly #engine: Engine;
  readonly #breaker: Breaker;
  readonly #timeout: number;
  readonly #watch: Watch<RedisFact> | undefined;
  #writes = 0;

  /**
   * Begins to connect; the watcher is told if that fails.
   *
   * @param urls The engine, as `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, or
   * `rediss://` for TLS; several are nodes of a cluster.
   * @param options The timeout, the authority to trust, a signal and a watcher.
   * @throws {TypeError} If a URL is invalid. The message does not contain it.
   * @throws {RangeError} If the timeout is less than 1 ms or not finite.
   */
  constructor(urls: readonly string[], options: RedisStoreOptions = {}) {
    const { timeout = DEFAULT_TIMEOUT, ca, signal } = options;
    if (!(timeout >= 1 && timeout < Infinity)) {
      throw new RangeError(
        `"timeout" must be a finite time in milliseconds, at least 1: received ${timeout}`,
      );
    }
    const watch = this.#watch = watchAll(options.watch);
    this.#timeout = timeout;
    const breaker = this.#breaker = new Breaker({
      onOpen: (error) => {
        const { name } = this.#engine;
        watch?.({ type: "shared cache down", engine: name, error });
        // Otherwise, commands to a stopped engine would pile up.
        this.#engine.reset(error);
      },
      onClose: () => {
        watch?.({ type: "shared cache up", engine: this.#engine.name });
      },
    });
    this.#engine = new Engine(parseEngineUrls(urls), {
      ca,
      // It is up if it answers in time.
      onConnected: () => void this.#read(PROBE_KEY),
      onLost: (error) => breaker.trip(error),
    });
    signal?.addEventListener("abort", () => this.#engine.close());
    if (signal?.aborted) this.#engine.close();
  }

  /**
   * Looks up the response to a request.
   *
   * @param request The request.
   * @returns A promise that resolves within the timeout, or `undefined` while the
   * engine is not connected or is failing.
   */
  get(request: Frame): Promise<StoredResponse | undefined> | undefined {
    if (!this.#engine.isConnected || !this.#breaker.admits()) return undefined;
    return this.#read(entryKey(request));
  }

  /**
   * Writes a response, unless the engine is failing or too many writes are under
   * way.
   *
   * @param request The request.
   * @param response The response.
   */
  set(request: Frame, response: Frame): void {
    if (!this.#engine.isConnected || !this.#breaker.isClosed) return;
    if (this.#writes >= MAX_WRITES) {
      this.#dropped(new Error(`${MAX_WRITES} writes are under way`));
    } else {
      void this.#write(entryKey(request), response);
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#engine.close();
  }

  async #read(key: Buffer): Promise<StoredResponse | undefined> {
    const began = performance.now();
    try {
      const value = await this.#inTime(this.#engine.get(key));
      this.#breaker.succeed();
      const response = value && responseIn(value, secondsSince1970());
      return response && { response };
    } catch (error) {
      if (isWrongType(error)) this.#breaker.succeed();
      else this.#breaker.fail(explained(error), began);
      return undefined;
    }
  }

  async #write(key: Buffer, response: Frame): Promise<void> {
    this.#writes++;
    try {
      const life = timeToLive(response, secondsSince1970());
      await this.#engine.set(key, response.bytes, life);
    } catch (error) {
      this.#dropped(explained(error));
    } finally {
      this.#writes--;
    }
  }

  /** Rejects if a promise does not settle within the timeout. */
  async #inTime<T>(promise: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const reject = () =>
      late.reject(new Error(`no answer within ${this.#timeout} ms`));
    // If this process was busy, the answer may have arrived by now.
    const lookAgain = () => timer = setTimeout(reject);
    let timer = setTimeout(lookAgain, this.#timeout);
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #dropped(error: Error): void {
    this.#watch?.({ type: "not shared", engine: this.#engine.name, error });
  }
}

/** Whether a key holds something other than a string: the engine itself works. */
function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("WRONGTYPE");
}

function secondsSince1970(): number {
  return Math.floor(Date.now() / 1000);
}
