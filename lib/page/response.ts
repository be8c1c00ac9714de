import type { ServerResponse } from "node:http";
import { CONTENT_SECURITY_POLICY } from "./assets.ts";

/** The headers of every response. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Sets the headers that every response has. */
export function secure(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) {
    response.setHeader(name, value);
  }
}

/** Sends a response with a body. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
): void {
  response.statusCode = status;
  response.setHeader("content-type", type);
  response.end(body);
}

/** Sends a sentence. */
export function sendText(
  response: ServerResponse,
  status: number,
  sentence: string,
): void {
  send(response, status, "text/plain; charset=utf-8", `${sentence}\n`);
}

/** Sends a value as JSON. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
): void {
  send(response, status, "application/json", `${JSON.stringify(value)}\n`);
}
