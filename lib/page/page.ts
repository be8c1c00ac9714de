import { type Address, formatAddress, type TlsOptions } from "../net/mod.ts";
import type { Watch } from "../protocol/mod.ts";
import type { Fact } from "../watch/fact.ts";
import { Exchanges } from "./exchanges.ts";
import { Feed } from "./feed.ts";
import { Figures } from "./figures.ts";
import { Frames } from "./frames.ts";
import { isLoopback } from "./guard.ts";
import { HttpServer } from "./http_server.ts";
import { Overview, type OverviewOptions } from "./overview.ts";
import { router } from "./router.ts";
import { routes } from "./routes.ts";

/** What the page is about. */
export interface PageOptions extends OverviewOptions {
  /** The address to listen on. */
  readonly listen: Address;
  /** The certificate of the role, if it listens with TLS. */
  readonly tls?: TlsOptions;
}

/**
 * Serves the live page of a role, and beside it its facts, counts and health for
 * programs (docs/operations.md, "The live page").
 */
export class Page {
  readonly #feed = new Feed();
  readonly #figures = new Figures();
  readonly #exchanges: Exchanges;
  readonly #overview: Overview;
  readonly #server: HttpServer;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #unshown = 0;

  private constructor(options: PageOptions) {
    const frames = new Frames();
    this.#exchanges = new Exchanges({
      figures: this.#figures,
      frames,
      show: (record) => this.#feed.keep(record),
    });
    this.#overview = new Overview(options, {
      exchanges: this.#exchanges,
      feed: this.#feed,
      figures: this.#figures,
    });
    const { hostname } = options.listen;
    const answering = routes({
      ...options,
      exchanges: this.#exchanges,
      feed: this.#feed,
      frames,
      overview: this.#overview,
    });
    this.#server = new HttpServer(
      router(answering, () => ({ ...this.#server.address, hostname })),
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
  readonly watch: Watch<Fact> = (fact) => this.#exchanges.watch(fact);

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
}
