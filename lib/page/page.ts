import config from "../../deno.json" with { type: "json" };
import type { ResponseStore } from "../cache/mod.ts";
import { annotate } from "../message/mod.ts";
import { type Address, formatAddress, type TlsOptions } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Counters } from "../watch/counters.ts";
import type { Fact } from "../watch/fact.ts";
import type { RoleName } from "../watch/sentence.ts";
import { askSelf, readQuestion } from "./asking.ts";
import { ASSETS, CONTENT_SECURITY_POLICY } from "./assets.ts";
import { type CacheQuery, CacheView } from "./cache_view.ts";
import { Exchanges } from "./exchanges.ts";
import { Feed, MAX_READERS } from "./feed.ts";
import { Figures, SECONDS } from "./figures.ts";
import { Frames } from "./frames.ts";
import { isLoopback, refusal } from "./guard.ts";
import { type Gauges, metrics } from "./metrics.ts";

/** What the page is about. */
export interface PageOptions {
  /** The address to listen on. */
  readonly listen: Address;
  /** The role whose facts it shows. */
  readonly role: RoleName;
  /** Where the role listens, to ask it. */
  readonly address: () => Address;
  /** The current TLS options of the role, if it listens with TLS. */
  readonly tls: () => TlsOptions | undefined;
  /** The counters of the role. */
  readonly counters: Counters;
  /** The store of a proxy. */
  readonly store?: ResponseStore;
  /** Where a proxy forwards to. */
  readonly upstream?: Upstream;
}

/** The servers behind a proxy. */
export interface Upstream {
  readonly servers: readonly Address[];
  /** How many times a request is tried. */
  readonly attempts: number;
}

/** The longest body of a request, in bytes: a frame, escaped. */
const MAX_BODY = 512 * 1024;

/** How long the body of a request may take, in milliseconds. */
const BODY_TIMEOUT = 5_000;

/** The methods of all paths that are no files. `ID` stands for a number. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  "/ask": ["POST"],
  "/cache": ["GET", "HEAD", "DELETE"],
  "/cache/ID": ["DELETE"],
  "/counters": ["GET", "HEAD"],
  "/facts": ["GET"],
  "/frames/ID": ["GET", "HEAD"],
  "/health": ["GET", "HEAD"],
  "/metrics": ["GET", "HEAD"],
};

/** The methods of files. */
const FILE_METHODS: readonly string[] = ["GET", "HEAD"];

/** The most annotations of a frame. */
const MAX_ANNOTATIONS = 2_000;

/** The most bytes of a frame that are shown. */
const MAX_SHOWN_BYTES = 4_096;

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Serves the live page of a role, and beside it its facts, counts and health for
 * programs (docs/operations.md, "The live page").
 */
export class Page {
  readonly #options: PageOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #feed = new Feed();
  readonly #figures = new Figures();
  readonly #frames = new Frames();
  readonly #exchanges: Exchanges;
  readonly #cache: CacheView | undefined;
  readonly #started = Date.now();
  readonly #ticking: ReturnType<typeof setInterval>;
  #unshown = 0;
  #isDraining = false;

  /**
   * Starts serving.
   *
   * @param options The role, and where to listen.
   * @throws {Deno.errors.AddrInUse} If the port is in use.
   */
  constructor(options: PageOptions) {
    this.#options = options;
    this.#exchanges = new Exchanges({
      figures: this.#figures,
      frames: this.#frames,
      show: (record) => this.#feed.keep(record),
    });
    this.#cache = options.store && new CacheView(options.store);
    const { hostname, port } = options.listen;
    this.#server = Deno.serve({
      hostname,
      port,
      onListen() {},
    }, (request) => this.#handle(request));
    this.#ticking = setInterval(() => this.#tick(), 1_000);
    Deno.unrefTimer(this.#ticking);
  }

  /** Where the page is. */
  get url(): string {
    return `http://${formatAddress(this.#server.addr)}/`;
  }

  /** Whether only programs on this machine can reach it. */
  get isLoopback(): boolean {
    return isLoopback(this.#server.addr.hostname);
  }

  /** Takes a fact of the role. */
  get watch(): Watch<Fact> {
    return this.#exchanges.watch;
  }

  /** Reports that the role is shutting down. */
  drain(): void {
    this.#isDraining = true;
    this.#feed.send("draining", {});
  }

  /** Ends all streams and stops serving. */
  async close(): Promise<void> {
    clearInterval(this.#ticking);
    this.#feed.close();
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const { addr } = this.#server;
    const reason = refusal(request, {
      hostname: this.#options.listen.hostname,
      port: addr.port,
    });
    if (reason) return text(403, `${reason}\n`);
    const { pathname, searchParams } = new URL(request.url);
    const asset = ASSETS.get(pathname);
    const [, id] = /^\/(?:cache|frames)\/(-?\d+)$/.exec(pathname) ?? [];
    const path = id === undefined ? pathname : pathname.replace(id, "ID");
    const methods = asset ? FILE_METHODS : METHODS[path];
    if (!methods) return notFound();
    if (!methods.includes(request.method)) return notAllowed(methods);
    if (asset) return respond(200, asset.type, asset.text);
    switch (path) {
      case "/ask":
        return await this.#ask(request);
      case "/cache":
        return request.method === "DELETE"
          ? this.#empty()
          : await this.#list(searchParams);
      case "/cache/ID":
        return this.#cache?.delete(Number(id)) ? json({}) : notFound();
      case "/counters":
        return json(this.#options.counters.read());
      case "/facts":
        return this.#facts();
      case "/frames/ID":
        return this.#frame(Number(id));
      case "/health":
        return this.#isDraining
          ? json({ status: "draining" }, 503)
          : json({ status: "ok" });
      default:
        return this.#metrics();
    }
  }

  #facts(): Response {
    if (this.#feed.readers >= MAX_READERS) {
      return text(503, `The page has ${MAX_READERS} readers already\n`);
    }
    return new Response(this.#feed.open(this.#hello()), {
      headers: { ...HEADERS, "content-type": "text/event-stream" },
    });
  }

  /** What a new reader has to know. */
  #hello(): unknown {
    const { role, address, upstream } = this.#options;
    const second = Math.floor(performance.now() / 1000);
    return {
      role,
      version: config.version,
      address: formatAddress(address()),
      started: this.#started,
      isDraining: this.#isDraining,
      servers: upstream?.servers.map(formatAddress) ?? [],
      attempts: upstream?.attempts ?? 1,
      hasCache: this.#cache !== undefined,
      now: Date.now(),
      rates: Array.from(
        { length: SECONDS },
        (_, index) => this.#figures.rates(second - SECONDS + index),
      ),
      ...this.#present(),
    };
  }

  #present(): Record<string, unknown> {
    const { store, counters } = this.#options;
    return {
      counts: counters.read(),
      connections: this.#exchanges.connections,
      quantiles: this.#figures.quantiles(performance.now()),
      serverCounts: Object.fromEntries(counters.servers),
      ...(store && { cache: { entries: store.size, bytes: store.bytes } }),
    };
  }

  #tick(): void {
    this.#exchanges.earn(performance.now());
    if (this.#feed.readers === 0) return;
    const second = Math.floor(performance.now() / 1000) - 1;
    const { unshown } = this.#exchanges;
    this.#feed.send("figures", {
      now: Date.now(),
      rates: this.#figures.rates(second),
      unshown: unshown - this.#unshown,
      ...this.#present(),
    });
    this.#unshown = unshown;
  }

  #metrics(): Response {
    const { role, store, counters } = this.#options;
    const gauges: Gauges = {
      role,
      version: config.version,
      connections: this.#exchanges.connections,
      unshown: this.#exchanges.unshown,
      readers: this.#feed.readers,
      memory: Deno.memoryUsage().rss,
      started: this.#started / 1000,
      ...(store && { cache: { entries: store.size, bytes: store.bytes } }),
    };
    const body = metrics(counters, gauges, this.#figures);
    return respond(200, "text/plain; version=0.0.4; charset=utf-8", body);
  }

  async #ask(request: Request): Promise<Response> {
    let question;
    try {
      question = readQuestion(JSON.parse(await bodyOf(request)));
    } catch (error) {
      if (error instanceof RangeError) return text(413, `${error.message}\n`);
      if (error instanceof DOMException) return text(408, `${error.message}\n`);
      if (!(error instanceof Error)) throw error;
      return text(400, `${error.message}\n`);
    }
    const { address } = this.#options;
    const tls = this.#options.tls();
    const { favourites } = this.#exchanges;
    let own = "";
    const reply = await askSelf(address(), question, {
      ...(tls?.cert !== undefined && { tls: { caCerts: [tls.cert] } }),
      onConnect: (local) => favourites.add(own = local),
    });
    favourites.delete(own);
    return json({ ...reply, client: own });
  }

  #empty(): Response {
    this.#cache?.clear();
    return this.#cache ? json({}) : notFound();
  }

  async #list(params: URLSearchParams): Promise<Response> {
    if (!this.#cache) return notFound();
    const query = cacheQuery(params);
    return typeof query === "string"
      ? text(400, `${query}\n`)
      : json(await this.#cache.list(query));
  }

  #frame(id: number): Response {
    const frame = this.#frames.get(id);
    if (!frame) return notFound();
    return json({
      length: frame.bytes.length,
      hex: frame.bytes.subarray(0, MAX_SHOWN_BYTES).toHex(),
      annotations: [...annotate(frame).take(MAX_ANNOTATIONS)],
    });
  }
}

/** The query for a list of the cache, or what is wrong with it. */
function cacheQuery(params: URLSearchParams): CacheQuery | string {
  const sort = params.get("sort") ?? "used";
  if (sort !== "used" && sort !== "hits" && sort !== "remaining") {
    return '"sort" must be used, hits or remaining';
  }
  const page = params.get("page") ?? "0";
  if (!/^\d{1,6}$/.test(page)) return '"page" must be a whole number';
  const search = params.get("search") ?? "";
  if (search.length > 200) return '"search" must have at most 200 characters';
  return { sort, search, page: Number(page) };
}

/**
 * Reads the body of a request.
 *
 * @throws {RangeError} If it is too long.
 * @throws {DOMException} If it does not arrive in time.
 */
async function bodyOf({ body }: Request): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // Ends the read that waits.
    reader.cancel().catch(() => {});
  }, BODY_TIMEOUT);
  const decoder = new TextDecoder();
  let length = 0;
  let text = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (isLate) {
        throw new DOMException(
          `The body did not arrive within ${BODY_TIMEOUT / 1000} s`,
          "TimeoutError",
        );
      }
      if (done) return text + decoder.decode();
      length += value.length;
      if (length > MAX_BODY) {
        throw new RangeError(`The body has more than ${MAX_BODY} bytes`);
      }
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    clearTimeout(timer);
  }
}

function respond(status: number, type: string, body: string): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, "content-type": type },
  });
}

function text(status: number, body: string): Response {
  return respond(status, "text/plain; charset=utf-8", body);
}

function json(value: unknown, status = 200): Response {
  return respond(status, "application/json", `${JSON.stringify(value)}\n`);
}

function notAllowed(methods: readonly string[]): Response {
  const allow = methods.join(", ");
  const response = text(405, `The only methods here are: ${allow}\n`);
  response.headers.set("allow", allow);
  return response;
}

function notFound(): Response {
  return text(404, "There is nothing here\n");
}
