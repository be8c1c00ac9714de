import type { IncomingMessage, ServerResponse } from "node:http";
import type { Address } from "../net/mod.ts";
import { type Asset, ASSETS } from "./assets.ts";
import { refusal } from "./guard.ts";
import type { HttpHandler } from "./http_server.ts";
import { secure, send, sendText } from "./response.ts";

/** The response of a route. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: URLSearchParams;
  /** The number in the path of a route with `ID`. */
  readonly id: number;
}

/** Answers the requests to a path with one method. */
export type Route = (exchange: Exchange) => void | Promise<void>;

/** Routes by path and method. `ID` stands for a number. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Route>>>>;

/** A route that only reads. */
export function reading(route: Route): Readonly<Record<string, Route>> {
  // A response to HEAD is sent without its body.
  return { GET: route, HEAD: route };
}

/**
 * Creates the handler for the port of the page: it refuses requests from other
 * sites, serves the files of the page, and passes everything else to the routes.
 *
 * @param routes The routes.
 * @param listening Where the page listens, once it listens.
 */
export function router(
  routes: Routes,
  listening: () => Address,
): HttpHandler {
  return (request, response) => {
    secure(response);
    const reason = refusal(request, listening());
    if (reason) return sendText(response, 403, reason);
    const url = URL.parse(request.url ?? "", "http://localhost");
    if (!url) return sendText(response, 400, "The path is malformed");
    const { pathname, searchParams: params } = url;
    const { method = "" } = request;
    const asset = ASSETS.get(pathname);
    const [, id] = /^\/\w+\/(-?\d{1,15})$/.exec(pathname) ?? [];
    const path = id === undefined ? pathname : pathname.replace(id, "ID");
    const route = asset ? fileRoute(asset) : routes[path];
    if (!route) return notFound(response);
    const methods = Object.keys(route);
    if (!methods.includes(method)) return notAllowed(response, methods);
    return route[method]?.({ request, response, params, id: Number(id) });
  };
}

function fileRoute({ type, text }: Asset): Readonly<Record<string, Route>> {
  return reading(({ response }) => send(response, 200, type, text));
}

/** Responds that there is nothing at a path. */
export function notFound(response: ServerResponse): void {
  sendText(response, 404, "Not found");
}

function notAllowed(
  response: ServerResponse,
  methods: readonly string[],
): void {
  const allow = methods.join(", ");
  response.setHeader("allow", allow);
  sendText(response, 405, `Allowed methods: ${allow}`);
}
