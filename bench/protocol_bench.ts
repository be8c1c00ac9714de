import {
  Frame,
  FrameReader,
  type Header,
  type Source,
} from "../lib/protocol/mod.ts";
import { encodeRequest } from "../lib/message/mod.ts";
import { join } from "../tools/harness/join.ts";
import { LONG } from "./requests.ts";

const frame = encodeRequest(LONG);
const header: Header = {
  timeStamp: 1_670_340_737,
  type: "request",
  cache: true,
  steps: true,
  status: 0,
  maxAge: Infinity,
};
const payload = frame.payload.slice();

/** Keeps the result, so that reading it is not optimized away. */
const read: { header?: Header } = {};

Deno.bench("header: read every field", () => {
  const { timeStamp, type, cache, steps, status, maxAge } = frame;
  read.header = { timeStamp, type, cache, steps, status, maxAge };
});

Deno.bench("header: write, with the payload", () => {
  Frame.from(header, payload);
});

const { bytes } = frame;
const sixteen = join(...Array.from({ length: 16 }, () => bytes));
const cases: readonly (readonly [name: string, reads: Uint8Array[]])[] = [
  ["a frame in one read", [bytes]],
  ["a frame in two reads", [bytes.slice(0, 12), bytes.slice(12)]],
  ["16 frames in one read", [sixteen]],
];

for (const [name, reads] of cases) {
  const frames = new FrameReader(repeating(reads));

  Deno.bench(`framing: ${name}`, async () => {
    for (const _read of reads) {
      await frames.fill();
      while (frames.take());
    }
  });
}

/** A source that repeats the same reads, as far as they fit into the buffer. */
function repeating(reads: readonly Uint8Array[]): Source {
  let next = 0;
  let rest: Uint8Array = new Uint8Array();
  return {
    read(buffer) {
      if (rest.length === 0) rest = reads[next++ % reads.length]!;
      const some = rest.subarray(0, buffer.length);
      rest = rest.subarray(some.length);
      buffer.set(some);
      return Promise.resolve(some.length);
    },
  };
}
