/**
 * A worker: clients that send the same request as fast as it is taken, or, if
 * they do not read, so many times that the answers fill the system's buffers. It
 * is a thread apart from those that measure, as they would wait for it. What it
 * does is in its URL: `hostname`, `port`, `count`, `expression`, and whether the
 * answers are read, `reading`.
 *
 * @module
 */

import { join } from "../tools/harness/join.ts";
import { same } from "./requests.ts";

/** How many requests are sent in one write. */
const BATCH = 500;

const options = new URL(import.meta.url).searchParams;
const hostname = options.get("hostname") ?? "";
const port = Number(options.get("port"));
const batch = join(
  ...Array.from({ length: BATCH }, same(options.get("expression") ?? "")),
);
for (let left = Number(options.get("count")); left > 0; left--) {
  const tcp = await Deno.connect({ hostname, port });
  if (options.get("reading") === "true") {
    write(tcp, Infinity).catch(() => {});
    read(tcp).catch(() => {});
  } else {
    write(tcp, 1).catch(() => {});
  }
}

async function write(tcp: Deno.TcpConn, times: number): Promise<void> {
  for (; times > 0; times--) {
    for (let rest = batch; rest.length > 0;) {
      rest = rest.subarray(await tcp.write(rest));
    }
  }
}

async function read(tcp: Deno.TcpConn): Promise<void> {
  const ignored = new Uint8Array(65_536);
  while (await tcp.read(ignored) !== null);
}
