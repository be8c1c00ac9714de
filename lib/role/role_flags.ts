import { detailFlags } from "../terminal/detail_flags.ts";
import { certificateFlags } from "../terminal/tls_flags.ts";
import type { Flags } from "../terminal/usage.ts";

/**
 * The flags of a server or a proxy, in groups.
 *
 * @param port The default port.
 * @param own The flags specific to the role, by the titles of their groups.
 */
export function roleFlags(
  port: number,
  { Listening: listening, ...own }: Readonly<Record<string, Flags>>,
): Readonly<Record<string, Flags>> {
  return {
    Listening: {
      host: {
        short: "H",
        takes: "HOST",
        fallback: "127.0.0.1",
        help: "address to listen on",
      },
      port: {
        short: "p",
        takes: "PORT",
        fallback: `${port}`,
        help: "port to listen on, 0 for any free port",
      },
      ...listening,
      ...certificateFlags,
    },
    ...own,
    Limits: {
      "max-connections": {
        takes: "N",
        fallback: "500",
        help: "maximum number of connections; the longest idle one makes room",
      },
      "max-connections-per-client": {
        takes: "N",
        help: "the same per client address, or IPv6 /64 network",
      },
      "read-timeout": {
        takes: "SECONDS",
        fallback: "10",
        help: "how long a client may take to send a request",
      },
      "idle-timeout": {
        takes: "SECONDS",
        fallback: "60",
        help: "how long a client may stay idle",
      },
      grace: {
        takes: "SECONDS",
        fallback: "5",
        help: "how long to keep answering pending requests at shutdown",
      },
    },
    Watching: {
      log: {
        takes: "FORMAT",
        fallback: "text",
        help: "text, or json for one JSON object per fact",
      },
      page: {
        takes: "[HOST:]PORT",
        help: "serve a live page, metrics and health over HTTP",
      },
      ...detailFlags("time, request, status, each attempt"),
    },
  };
}
