/**
 * A test case: connections to a role, the bytes to send on each, how they are
 * split into writes, and how the connections end.
 *
 * @module
 */

import { messagePack } from "../../lib/message/mod.ts";
import { HEADER_LENGTH, MAX_PAYLOAD_LENGTH } from "../../lib/protocol/mod.ts";
import { join } from "../harness/join.ts";
import { Dice } from "./dice.ts";
import { costly } from "./expressions.ts";
import { load } from "./loads.ts";
import { mutate } from "./mutate.ts";
import { byte, bytes, payload } from "./payloads.ts";

/** A test case: simultaneous connections to a role. */
export interface Case {
  /** The number of the case within its seed. */
  readonly number: number;
  /** The role to connect to. */
  readonly role: "server" | "proxy";
  /** What to do on each connection. */
  readonly exchanges: readonly Exchange[];
}

/** One connection. */
export interface Exchange {
  /** The bytes to send, one piece per write. */
  readonly pieces: readonly Uint8Array[];
  /** The delay between two pieces, in milliseconds. */
  readonly pause: number;
  /**
   * Whether to half-close the connection right after sending or after reading the
   * answers, or to close it without reading the answers, immediately or after a
   * while.
   */
  readonly ending: "shut down" | "answers first" | "hang up" | "never read";
}

/** Generates a case from a seed, deterministically. */
export function makeCase(seed: number, number: number): Case {
  const dice = new Dice(seed, number);
  const role = dice.pick(["server", "proxy"] as const);
  return dice.weighted([
    [50, () => ({ number, role, exchanges: [exchange(dice)] })],
    [1, () => ({ number, ...load(dice) })],
  ])();
}

function exchange(dice: Dice): Exchange {
  return {
    pieces: cut(dice, stream(dice)),
    pause: dice.weighted([[20, 0], [1, 1], [1, 5]]),
    ending: dice.weighted([
      [5, "shut down"],
      [4, "answers first"],
      [1, "hang up"],
    ]),
  };
}

function stream(dice: Dice): Uint8Array {
  // Rare, because each blocks the role for a while.
  if (dice.once(500)) {
    return frame(dice, messagePack.encodeExpression(costly(dice)));
  }
  const whole = dice.weighted([
    [10, () => part(dice)],
    [8, () => join(...dice.several(dice.between(2, 8), part))],
    [1, () => join(...dice.several(dice.between(10, 200), small))],
  ])();
  return dice.weighted([
    [10, () => whole],
    [2, () => whole.subarray(0, dice.below(whole.length + 1))],
    [1, () => Uint8Array.from(mutate(dice, [...whole], byte))],
    [1, () => join(whole, bytes(dice, dice.between(1, 30)))],
  ])();
}

function part(dice: Dice): Uint8Array {
  return dice.once(30) ? foreign(dice) : frame(dice, payload(dice));
}

/** A small frame with a small answer, to send many at once. */
function small(dice: Dice): Uint8Array {
  return frame(dice, messagePack.encodeExpression(`${dice.below(50)} + 1`));
}

const REQUEST = 0b100;
const CACHE_OR_STEPS = [0, 0b0_1000, 0b1_0000, 0b1_1000] as const;

function frame(dice: Dice, payload: Uint8Array): Uint8Array {
  const data = payload.subarray(0, MAX_PAYLOAD_LENGTH);
  const whole = new Uint8Array(HEADER_LENGTH + data.length);
  const header = new DataView(whole.buffer);
  header.setUint32(0, dice.below(2 ** 32));
  header.setUint16(4, dice.once(40) ? wrongLength(dice, whole) : whole.length);
  header.setUint8(
    6,
    dice.once(12) ? dice.below(256) : REQUEST | dice.pick(CACHE_OR_STEPS),
  );
  if (dice.once(12)) header.setUint8(7, dice.below(256));
  header.setUint16(8, dice.pick([0, 1, 60, 65_534, 65_535, 65_535]));
  if (dice.once(12)) header.setUint16(10, dice.below(65_536));
  whole.set(data, HEADER_LENGTH);
  return whole;
}

function wrongLength(dice: Dice, { length }: Uint8Array): number {
  return dice.pick([
    0,
    1,
    11,
    12,
    13,
    65_535,
    length - 1,
    Math.min(length + 1, 65_535),
    dice.below(65_536),
  ]);
}

/** Openings of other protocols, and typical mistakes. */
function foreign(dice: Dice): Uint8Array {
  const text = dice.pick([
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "SSH-2.0-OpenSSH_9.6\r\n",
    "1 + 2\n",
    "\0".repeat(64),
    "\xff".repeat(64),
  ]);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Splits a stream into the pieces to write. */
function cut(dice: Dice, stream: Uint8Array): Uint8Array[] {
  const { length } = stream;
  const cuts = dice.weighted([
    [10, () => []],
    [6, () => dice.several(dice.between(1, 6), () => dice.below(length + 1))],
    // A header and some more, byte by byte.
    [1, () => Array.from({ length: Math.min(length, 40) }, (_, at) => at)],
  ])();
  const ends = [...cuts, length].sort((one, other) => one - other);
  return ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end))
    .filter(({ length }) => length > 0);
}
