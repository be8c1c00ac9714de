/**
 * Generates load: ordinary requests, but enough of them, or expensive enough, that
 * other clients might have to wait.
 *
 * @module
 */

import { messagePack } from "../../lib/message/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import { join } from "../harness/join.ts";
import type { Case, Exchange } from "./case.ts";
import type { Dice } from "./dice.ts";
import { bytes } from "./payloads.ts";

/** A case without its number. */
type Load = Omit<Case, "number">;

/** Any kind of load. */
export function load(dice: Dice): Load {
  return dice.weighted([[3, costlyStreams], [4, flood], [4, hotKey]])(dice);
}

/**
 * Pipelines of powers near the maximum length of an integer. An answer takes only
 * up to a quarter of a millisecond and four kilobytes, but they never pause.
 */
function costlyStreams(dice: Dice): Load {
  const frames = dice.several(dice.between(1, 3), costlyFrame);
  const isRead = dice.once(2);
  const count = isRead ? dice.between(20, 150) : dice.between(200, 2_000);
  const stream = join(...dice.several(count, (dice) => dice.pick(frames)));
  const connections = dice.weighted([[4, 1], [2, 8], [1, 32]]);
  return {
    role: dice.pick(["server", "proxy"]),
    exchanges: dice.several(connections, () => ({
      ...whole(stream),
      ending: isRead ? "shut down" : "never read",
    })),
  };
}

function costlyFrame(dice: Dice): Uint8Array {
  const power = `9${dice.pick(["**", " ** "])}${dice.between(4400, 4500)}`;
  return frame(dice, power + dice.pick(["", "%7", " % 1000003"]));
}

/** Requests that are never repeated. A proxy must not evict everything else. */
function flood(dice: Dice): Load {
  const start = dice.below(1_000_000);
  const make = dice.pick([
    (n: number) => frame(dice, `${n} + ${n}`),
    (n: number) => frame(dice, `${n} / 0`),
    (n: number) => frame(dice, `${n} + * 2`),
    () => encode(dice, bytes(dice, dice.between(1, 40))),
  ]);
  const frames = Array.from(
    { length: dice.between(50, 300) },
    (_, index) => make(start + index),
  );
  return { role: "proxy", exchanges: [whole(join(...frames))] };
}

/** The number of hot keys, the same in all cases. */
const HOT_KEYS = 5;

/** The same expression from many clients at once, with varying terms. */
function hotKey(dice: Dice): Load {
  const expression = `7 ** 70 + ${dice.below(HOT_KEYS)}`;
  return {
    role: "proxy",
    exchanges: dice.several(dice.between(2, 32), (dice) => ({
      pieces: dice.several(
        dice.between(1, 20),
        (dice) => frame(dice, expression),
      ),
      pause: dice.weighted([[4, 0], [1, 1]]),
      ending: dice.pick(["shut down", "answers first"]),
    })),
  };
}

function whole(stream: Uint8Array): Exchange {
  return { pieces: [stream], pause: 0, ending: "shut down" };
}

function frame(dice: Dice, expression: string): Uint8Array {
  return encode(dice, messagePack.encodeExpression(expression));
}

function encode(dice: Dice, payload: Uint8Array): Uint8Array {
  return Frame.from({
    timeStamp: dice.below(2 ** 32),
    type: "request",
    cache: !dice.once(10),
    steps: dice.once(2),
    status: 0,
    maxAge: dice.pick([0, 1, 5, 60, 65_534, Infinity, Infinity]),
  }, payload).bytes;
}
