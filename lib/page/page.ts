import type { IncomingMessage, ServerResponse } from "node:http";
import { type Address, formatAddress, type TlsOptions } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Fact } from "../watch/fact.ts";
import { askSelf } from "./asking.ts";
import { readBody } from "./body.ts";
import { CacheView, readCacheQuery } from "./cache_view.ts";
import { Exchanges } from "./exchanges.ts";
import { Feed, MAX_READERS } from "./feed.ts";
import { Figures } from "./figures.ts";
import { Frames } from "./frames.ts";
import { isLoopback } from "./guard.ts";
import { HttpServer } from "./http_server.ts";
import { Overview, type OverviewOptions } from "./overview.ts";
import { type Question, readQuestion } from "./question.ts";
import { send, sendJson, sendText } from "./response.ts";
import {
  type Exchange,
  notFound,
  reading,
  router,
  type Routes,
} from "./router.ts";
import { Upstreams } from "./upstreams.ts";

/** What the page is about. */
export interface PageOptions extends OverviewOptions {
  /** The address to listen on. */
  readonly listen: Address;
  /** The certificate of the role, if it listens with TLS. */
  readonly tls?: TlsOptions;
}

/** The most questions that are asked at once. */
const MAX_QUESTIONS = 16;

/**
 * Serves the live page of a role, and beside it its facts, counts and health for
 * programs (docs/operations.md, "The live page").
 */
export class Page {
  readonly #options: PageOptions;
  readonly #feed = new Feed();
  readonly #figures = new Figures();
  readonly #frames = new Frames();
  readonly #upstreams: Upstreams;
  readonly #exchanges: Exchanges;
  readonly #overview: Overview;
  readonly #cache: CacheView | undefined;
  readonly #server: HttpServer;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #unshown = 0;
  #questions = 0;

  private constructor(options: PageOptions) {
    this.#options = options;
    const servers = options.upstream?.servers ?? [];
    this.#upstreams = new Upstreams(servers.map(formatAddress));
    this.#exchanges = new Exchanges({
      figures: this.#figures,
      frames: this.#frames,
      show: (record) => this.#feed.keep(record),
    });
    this.#overview = new Overview(options, {
      exchanges: this.#exchanges,
      feed: this.#feed,
      figures: this.#figures,
      upstreams: this.#upstreams,
    });
    this.#cache = options.store && new CacheView(options.store);
    const { hostname } = options.listen;
    this.#server = new HttpServer(
      router(this.#routes(), () => ({ ...this.#server.address, hostname })),
    );
  }

  /**
   * Starts serving.
   *
   * @param options The role, and where to listen.
   * @throws {Deno.errors.AddrInUse} If the port is in use.
   */
  static async start(options: PageOptions): Promise<Page> {
    const page = new Page(options);
    await page.#server.listen(options.listen);
    page.#ticking = setInterval(() => page.#tick(), 1_000);
    Deno.unrefTimer(page.#ticking);
    return page;
  }

  /** Where the page is. */
  get url(): string {
    return `http://${formatAddress(this.#server.address)}/`;
  }

  /** Whether only programs on this machine can reach it. */
  get isLoopback(): boolean {
    return isLoopback(this.#server.address.hostname);
  }

  /** Takes a fact of the role. */
  readonly watch: Watch<Fact> = (fact) => {
    this.#exchanges.watch(fact);
    this.#upstreams.watch(fact);
  };

  /** Reports that the role is shutting down. */
  drain(): void {
    this.#overview.drain();
    this.#feed.send("draining", {});
  }

  /** Ends all streams and stops serving. */
  close(): void {
    clearInterval(this.#ticking);
    this.#feed.close();
    this.#server.close();
  }

  #tick(): void {
    this.#exchanges.tick(performance.now());
    if (this.#feed.readers === 0) return;
    const second = Math.floor(performance.now() / 1000) - 1;
    const { unshown } = this.#exchanges;
    this.#feed.send("figures", {
      rates: this.#figures.rates(second),
      unshown: unshown - this.#unshown,
      ...this.#overview.present(),
    });
    this.#unshown = unshown;
  }

  #routes(): Routes {
    const overview = this.#overview;
    const cache = this.#cache;
    return {
      "/ask": { POST: (exchange) => this.#ask(exchange) },
      "/cache": {
        ...reading(({ response, params }) => list(cache, params, response)),
        DELETE({ response }) {
          cache?.clear();
          answer(response, cache && {});
        },
      },
      "/cache/ID": {
        DELETE({ response, id }) {
          answer(response, cache?.delete(id) ? {} : undefined);
        },
      },
      "/counters": reading(({ response }) =>
        sendJson(response, this.#options.counters.read())
      ),
      "/facts": { GET: ({ response }) => this.#stream(response) },
      "/frames/ID": reading(({ response, id }) =>
        answer(response, this.#frames.view(id))
      ),
      "/health": reading(({ response }) =>
        overview.isDraining
          ? sendJson(response, { status: "draining" }, 503)
          : sendJson(response, { status: "ok" })
      ),
      "/metrics": reading(({ response }) =>
        send(
          response,
          200,
          "text/plain; version=0.0.4; charset=utf-8",
          overview.metrics(),
        )
      ),
    };
  }

  #stream(response: ServerResponse): void {
    if (this.#feed.readers >= MAX_READERS) {
      return sendText(
        response,
        503,
        `The page has ${MAX_READERS} readers already`,
      );
    }
    response.setHeader("content-type", "text/event-stream");
    this.#feed.open(response, this.#overview.hello());
  }

  async #ask({ request, response }: Exchange): Promise<void> {
    if (this.#questions >= MAX_QUESTIONS) {
      return sendText(
        response,
        429,
        `${MAX_QUESTIONS} questions are being asked already: try again later`,
      );
    }
    this.#questions++;
    try {
      const question = await questionOf(request, response);
      if (question) await this.#answer(question, response);
    } finally {
      this.#questions--;
    }
  }

  async #answer(question: Question, response: ServerResponse): Promise<void> {
    const { address, tls } = this.#options;
    const { favorites } = this.#exchanges;
    let own = "";
    response.setHeader("content-type", "application/json");
    const reply = await askSelf(address(), question, {
      ...(tls?.cert !== undefined && { tls: { caCerts: [tls.cert] } }),
      onConnect(local) {
        favorites.add(own = local);
        // Sent at once, so that a page can follow its own exchange.
        response.setHeader("client", own);
        response.flushHeaders();
      },
    });
    favorites.delete(own);
    response.end(`${JSON.stringify(reply)}\n`);
  }
}

/** Reads a question, or answers what is wrong with it. */
async function questionOf(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Question | undefined> {
  try {
    return readQuestion(JSON.parse(await readBody(request)));
  } catch (error) {
    if (!(error instanceof Error) || response.destroyed) throw error;
    sendText(response, error instanceof RangeError ? 413 : 400, error.message);
  }
}

async function list(
  cache: CacheView | undefined,
  params: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  if (!cache) return notFound(response);
  let query;
  try {
    query = readCacheQuery(params);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return sendText(response, 400, error.message);
  }
  sendJson(response, await cache.list(query));
}

/** Answers with JSON, or that there is nothing. */
function answer(response: ServerResponse, value: object | undefined): void {
  if (value) sendJson(response, value);
  else notFound(response);
}
