import type { ServerResponse } from "node:http";
import type { ResponseStore } from "../cache/mod.ts";
import type { Address, TlsOptions } from "../net/mod.ts";
import type { Counters } from "../watch/counters.ts";
import { askSelf } from "./asking.ts";
import { readBody } from "./body.ts";
import { CacheView, readCacheQuery } from "./cache_view.ts";
import type { Exchanges } from "./exchanges.ts";
import { type Feed, MAX_READERS } from "./feed.ts";
import type { Frames } from "./frames.ts";
import type { Overview } from "./overview.ts";
import { type Question, readQuestion } from "./question.ts";
import { send, sendJson, sendText } from "./response.ts";
import { notFound, reading, type Route, type Routes } from "./router.ts";

/** The maximum number of pending questions. */
const MAX_QUESTIONS = 16;

/** Where the routes get their data. */
export interface RouteOptions {
  /** Where the role listens, to send it questions. */
  readonly address: () => Address;
  /** The current TLS options of the role, if it listens with TLS. */
  readonly tls: () => TlsOptions | undefined;
  readonly counters: Counters;
  /** The store of a proxy. */
  readonly store?: ResponseStore;
  readonly exchanges: Exchanges;
  readonly feed: Feed;
  readonly frames: Frames;
  readonly overview: Overview;
}

/** The response of each path, except for the files of the page. */
export function routes(options: RouteOptions): Routes {
  const { counters, feed, frames, overview } = options;
  return {
    "/ask": { POST: asking(options) },
    ...(options.store && cacheRoutes(new CacheView(options.store))),
    "/counters": reading(({ response }) => sendJson(response, counters.read())),
    "/facts": {
      GET({ response }) {
        if (feed.readers >= MAX_READERS) {
          const sentence = `The page already has ${MAX_READERS} readers`;
          return sendText(response, 503, sentence);
        }
        response.setHeader("content-type", "text/event-stream");
        feed.open(response, overview.hello());
      },
    },
    "/frames/ID": reading(({ response, id }) => {
      const frame = frames.view(id);
      return frame ? sendJson(response, frame) : notFound(response);
    }),
    "/health": reading(({ response }) =>
      overview.isDraining
        ? sendJson(response, { status: "draining" }, 503)
        : sendJson(response, { status: "ok" })
    ),
    "/metrics": reading(({ response }) => {
      const type = "text/plain; version=0.0.4; charset=utf-8";
      send(response, 200, type, overview.metrics());
    }),
  };
}

function cacheRoutes(cache: CacheView): Routes {
  return {
    "/cache": {
      ...reading(async ({ response, params }) => {
        const query = await orBadRequest(
          () => readCacheQuery(params),
          response,
        );
        if (query) sendJson(response, await cache.list(query));
      }),
      DELETE({ response }) {
        cache.clear();
        sendJson(response, {});
      },
    },
    "/cache/ID": {
      DELETE({ response, id }) {
        return cache.delete(id) ? sendJson(response, {}) : notFound(response);
      },
    },
  };
}

/** Sends questions, a limited number at once. */
function asking(options: RouteOptions): Route {
  let questions = 0;
  return async ({ request, response }) => {
    if (questions >= MAX_QUESTIONS) {
      const sentence =
        `${MAX_QUESTIONS} questions are already pending: try again later`;
      return sendText(response, 429, sentence);
    }
    questions++;
    try {
      const question = await orBadRequest(
        async () => readQuestion(JSON.parse(await readBody(request))),
        response,
      );
      if (question) await answer(question, response, options);
    } finally {
      questions--;
    }
  };
}

async function answer(
  question: Question,
  response: ServerResponse,
  { address, tls, exchanges: { favorites } }: RouteOptions,
): Promise<void> {
  let own = "";
  const cert = tls()?.cert;
  response.setHeader("content-type", "application/json");
  const reply = await askSelf(address(), question, {
    ...(cert !== undefined && { tls: { caCerts: [cert] } }),
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

/** Reads what a client has sent, or responds with what is wrong with it. */
async function orBadRequest<T>(
  read: () => T | Promise<T>,
  response: ServerResponse,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error) || response.destroyed) throw error;
    sendText(response, error instanceof RangeError ? 413 : 400, error.message);
  }
}
