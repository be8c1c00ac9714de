import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  Frame,
  FrameReader,
  ProtocolError,
  type Source,
} from "../../lib/protocol/mod.ts";
import { join } from "../../tools/harness/join.ts";

/** The bytes of a frame of this length, different from those of others. */
function frameOf(length: number, seed = length): Uint8Array {
  const payload = new Uint8Array(length - 12);
  for (let i = 0; i < payload.length; i++) payload[i] = seed + i * 31;
  return Frame.from({
    timeStamp: seed,
    type: "request",
    cache: true,
    steps: true,
    status: 0,
    maxAge: Infinity,
  }, payload).bytes;
}

/** Gives `bytes` in reads of these sizes, over and over again, as far as there is room. */
function sourceOf(bytes: Uint8Array, ...sizes: number[]): Source {
  let at = 0;
  let reads = 0;
  return {
    read(buffer) {
      // A socket would return 0 bytes to this indefinitely.
      assert(buffer.length > 0, "asked for no bytes at all");
      if (at === bytes.length) return Promise.resolve(null);
      const size = sizes[reads++ % sizes.length] ?? bytes.length;
      const part = bytes.subarray(at, at + Math.min(size, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  };
}

/** Writes down how much room each read is given. */
function recordingRooms(source: Source, rooms: number[]): Source {
  return {
    read(buffer) {
      rooms.push(buffer.length);
      return source.read(buffer);
    },
  };
}

/** Reads to the end, expecting these frames. */
async function assertFrames(
  reader: FrameReader,
  expected: Uint8Array[],
): Promise<void> {
  let count = 0;
  do {
    for (let frame; (frame = reader.take()) !== undefined; count++) {
      const bytes = expected[count];
      // To print how two long frames differ would take minutes.
      assert(
        bytes?.length === frame.bytes.length &&
          bytes.every((byte, index) => byte === frame.bytes[index]),
        `frame ${count} is not what went in`,
      );
    }
  } while (await reader.fill());
  assertEquals(count, expected.length);
}

Deno.test("frame reader: before the first read there is nothing", () => {
  const reader = new FrameReader(sourceOf(frameOf(20)));
  assertEquals(reader.take(), undefined);
  assertEquals(reader.pending, 0);
});

Deno.test("frame reader: a source without bytes ends at once", async () => {
  const reader = new FrameReader(sourceOf(new Uint8Array()));
  assertEquals(await reader.fill(), false);
  assertEquals(reader.take(), undefined);
  assertEquals(reader.pending, 0);
});

Deno.test("frame reader: a frame that arrives byte by byte is complete with its last byte", async () => {
  const bytes = frameOf(40);
  const reader = new FrameReader(sourceOf(bytes, 1));
  for (let count = 1; count <= bytes.length; count++) {
    assertEquals(reader.take(), undefined);
    assertEquals(await reader.fill(), true);
    assertEquals(reader.pending, count);
  }
  assertEquals(reader.take()?.bytes, bytes);
  assertEquals(reader.pending, 0);
  assertEquals(await reader.fill(), false);
});

Deno.test("frame reader: frames that come in one read are taken one by one", async () => {
  const frames = [frameOf(12), frameOf(30), frameOf(12, 1), frameOf(13)];
  const reader = new FrameReader(sourceOf(join(...frames)));
  await reader.fill();
  let pending = 12 + 30 + 12 + 13;
  for (const bytes of frames) {
    assertEquals(reader.pending, pending);
    assertEquals(reader.take()?.bytes, bytes);
    pending -= bytes.length;
  }
  assertEquals(reader.pending, 0);
  assertEquals(reader.take(), undefined);
});

Deno.test("frame reader: one read may end one frame and begin the next", async () => {
  const frames = [frameOf(20), frameOf(25)];
  const reader = new FrameReader(sourceOf(join(...frames), 15));
  await reader.fill();
  assertEquals(reader.take(), undefined);
  await reader.fill();
  assertEquals(reader.take()?.bytes, frames[0]);
  assertEquals(reader.take(), undefined);
  assertEquals(reader.pending, 10);
  await reader.fill();
  assertEquals(reader.take()?.bytes, frames[1]);
});

Deno.test("frame reader: any frames are the same, however they are split into reads", async () => {
  const aLength = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 12, max: 200 }) },
    { weight: 3, arbitrary: fc.integer({ min: 16_370, max: 16_400 }) },
    { weight: 1, arbitrary: fc.integer({ min: 12, max: 65_535 }) },
  );
  const aSize = fc.oneof(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: 70_000 }),
  );
  await fc.assert(fc.asyncProperty(
    fc.array(aLength, { maxLength: 12 }),
    fc.array(aSize, { minLength: 1, maxLength: 6 }),
    async (lengths, sizes) => {
      const frames = lengths.map((length, index) => frameOf(length, index));
      const reader = new FrameReader(sourceOf(join(...frames), ...sizes));
      await assertFrames(reader, frames);
      assertEquals(reader.pending, 0);
    },
  ));
});

Deno.test("frame reader: frames of about the buffer's size come through", async () => {
  // The first frame moves the second one about in the buffer of 16,384 bytes.
  for (const first of [12, 13, 100, 8192, 16_371, 16_372, 16_384]) {
    for (const second of [16_371, 16_372, 16_383, 16_384, 16_385, 32_769]) {
      for (const size of [1000, 16_384, 100_000]) {
        const frames = [frameOf(first), frameOf(second), frameOf(12)];
        const reader = new FrameReader(sourceOf(join(...frames), size));
        await assertFrames(reader, frames);
      }
    }
  }
});

Deno.test("frame reader: the longest frames come through", async () => {
  const frames = [
    frameOf(65_535, 1),
    frameOf(65_535, 2),
    frameOf(20),
    frameOf(65_535, 3),
  ];
  for (const size of [777, 16_384, 65_535, 300_000]) {
    const reader = new FrameReader(sourceOf(join(...frames), size));
    await assertFrames(reader, frames);
  }
});

Deno.test("frame reader: the room for a long frame is given back after it", async () => {
  const rooms: number[] = [];
  const frames = [frameOf(65_535), frameOf(20)];
  const source = sourceOf(join(...frames), 65_535, 20);
  const reader = new FrameReader(recordingRooms(source, rooms));
  await assertFrames(reader, frames);
  assert(Math.max(...rooms) > 16_384);
  assertEquals(rooms.at(-1), 16_384);
});

Deno.test("frame reader: short frames need no more room in a long stream", async () => {
  const rooms: number[] = [];
  const frames = Array.from({ length: 5000 }, (_, seed) => frameOf(99, seed));
  const source = sourceOf(join(...frames));
  const reader = new FrameReader(recordingRooms(source, rooms));
  await assertFrames(reader, frames);
  assertEquals(Math.max(...rooms), 16_384);
});

Deno.test("frame reader: one short frame at a time needs 1 KiB, after any number of them", async () => {
  const rooms: number[] = [];
  const frames = Array.from({ length: 5000 }, (_, seed) => frameOf(99, seed));
  const source = sourceOf(join(...frames), 99);
  const reader = new FrameReader(recordingRooms(source, rooms));
  await assertFrames(reader, frames);
  assertEquals(new Set(rooms), new Set([1024]));
});

Deno.test("frame reader: an end in the middle of a frame leaves its bytes pending", async () => {
  const whole = frameOf(20);
  for (const cut of [1, 4, 6, 11, 12, 13, 19]) {
    const bytes = join(whole, whole.subarray(0, cut));
    const reader = new FrameReader(sourceOf(bytes));
    await assertFrames(reader, [whole]);
    assertEquals(reader.pending, cut);
    assertEquals(reader.take(), undefined);
    assertEquals(await reader.fill(), false);
  }
});

Deno.test("frame reader: a length that no frame has is refused, after the frames before it", async () => {
  for (let length = 0; length < 12; length++) {
    const impossible = new Uint8Array(12);
    impossible[5] = length;
    const reader = new FrameReader(sourceOf(join(frameOf(20), impossible)));
    await reader.fill();
    assertEquals(reader.take()?.bytes, frameOf(20));
    const found = `found ${length}`;
    assertThrows(() => reader.take(), ProtocolError, found);
    // There is no finding the next frame, ever.
    assertThrows(() => reader.take(), ProtocolError, found);
  }
});

Deno.test("frame reader: a frame stays as it is while those after it are taken", async () => {
  const frames = [frameOf(20), frameOf(30), frameOf(40)];
  const reader = new FrameReader(sourceOf(join(...frames).subarray(0, -1)));
  await reader.fill();
  const [first, second, third] = [reader.take(), reader.take(), reader.take()];
  assertEquals(third, undefined);
  assertEquals(first?.bytes, frames[0]);
  assertEquals(second?.bytes, frames[1]);
});

Deno.test("frame reader: a source that fails makes reading fail", async () => {
  const reader = new FrameReader({
    read: () => Promise.reject(new Deno.errors.ConnectionReset("gone")),
  });
  await assertRejects(() => reader.fill(), Deno.errors.ConnectionReset, "gone");
});

Deno.test("frame reader: a frame stays valid while the next ones are read ahead", async () => {
  const lengths = fc.array(fc.integer({ min: 12, max: 3000 }), {
    maxLength: 30,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 });
  const reads = fc.array(fc.nat({ max: 20 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(lengths, sizes, reads, async (lengths, sizes, reads) => {
      const frames = lengths.map((length, seed) => frameOf(length, seed));
      const reader = new FrameReader(sourceOf(join(...frames), ...sizes));
      let count = 0;
      while (await reader.fill()) {
        for (let frame; (frame = reader.take()) !== undefined; count++) {
          let left = reads[count % reads.length] ?? 0;
          while (left-- > 0 && await reader.readAhead());
          assertEquals(frame.bytes, frames[count]);
        }
      }
      assertEquals(count, frames.length);
    }),
  );
});

Deno.test("frame reader: reads ahead until enough is pending, and what was read is not lost", async () => {
  const frames = Array.from({ length: 5000 }, (_, seed) => frameOf(20, seed));
  const reader = new FrameReader(sourceOf(join(...frames), 700));
  await reader.fill();
  while (await reader.readAhead());
  assert(reader.pending >= 8_192 && reader.pending < 16_384);
  assertEquals(reader.readAhead(), undefined);
  await assertFrames(reader, frames);
});

Deno.test("frame reader: the end and errors found while reading ahead are reported by the next read", async () => {
  const ended = new FrameReader(sourceOf(new Uint8Array()));
  assertEquals(await ended.readAhead(), false);
  assertEquals(await ended.fill(), false);
  const failed = new FrameReader({
    read: () => Promise.reject(new RangeError()),
  });
  const reading = failed.readAhead();
  assert(reading);
  await assertRejects(() => reading, RangeError);
  await assertRejects(() => failed.fill(), RangeError);
});
