/**
 * The minimum that any role must do: reads, splits frames by their length field,
 * and answers each with the same bytes, in one write for all that arrived together.
 * Its cost is that of the runtime and the system.
 *
 * @module
 */

import { formatAddress } from "../lib/net/mod.ts";
import { Frame, HEADER_LENGTH, MAX_FRAME_LENGTH } from "../lib/protocol/mod.ts";
import { listenPort, wholeNumber } from "../lib/terminal/flag_values.ts";
import { run } from "../lib/terminal/run.ts";
import { join } from "../tools/harness/join.ts";

/** Buffer size in bytes for several typical frames, to keep connections cheap. */
const BUFFER_LENGTH = 16_384;

/** The maximum number of responses per write. */
const BATCH = 64;

await run({
  name: "bench/echo",
  summary: "Answers every frame with the same response, for comparison.",
  flags: {
    Listening: {
      port: {
        short: "p",
        takes: "PORT",
        fallback: "9997",
        help: "port to listen on, 0 for any free port",
      },
    },
    Responses: {
      length: {
        short: "l",
        takes: "BYTES",
        fallback: "564",
        help: "length of the response, header included",
      },
    },
  },
  examples: [["-p 0 -l 38", "responses of 38 bytes, on any free port"]],
}, async (line) => {
  const port = line.value("port", listenPort);
  const length = line.value(
    "length",
    wholeNumber(HEADER_LENGTH, MAX_FRAME_LENGTH),
  );
  const { bytes } = response(length);
  const batch = join(...Array.from({ length: BATCH }, () => bytes));
  const listener = Deno.listen({
    hostname: "127.0.0.1",
    port,
    tcpBacklog: 500,
  });
  if (!line.has("quiet")) {
    console.log(`Listening on ${formatAddress(listener.addr)}`);
  }
  for await (const tcp of listener) answer(tcp, batch, length).catch(() => {});
  return 0;
});

async function answer(
  tcp: Deno.TcpConn,
  batch: Uint8Array,
  length: number,
): Promise<void> {
  using _closed = tcp;
  tcp.setNoDelay();
  let buffer = new Uint8Array(BUFFER_LENGTH);
  let end = 0;
  for (let count; (count = await tcp.read(buffer.subarray(end))) !== null;) {
    end += count;
    let start = 0;
    let answers = 0;
    while (end - start >= HEADER_LENGTH) {
      const size = buffer[start + 4]! << 8 | buffer[start + 5]!;
      if (size < HEADER_LENGTH) return;
      if (end - start < size) break;
      start += size;
      answers++;
    }
    if (start > 0) buffer.copyWithin(0, start, end);
    end -= start;
    if (end === buffer.length) buffer = longer(buffer);
    for (; answers > 0; answers -= BATCH) {
      let rest = batch.subarray(0, Math.min(answers, BATCH) * length);
      while (rest.length > 0) rest = rest.subarray(await tcp.write(rest));
    }
  }
}

function longer(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const other = new Uint8Array(2 * buffer.length);
  other.set(buffer);
  return other;
}

function response(length: number): Frame {
  return Frame.from({
    timeStamp: 0,
    type: "response",
    cache: false,
    steps: false,
    status: 200,
    maxAge: 0,
  }, new Uint8Array(length - HEADER_LENGTH));
}
