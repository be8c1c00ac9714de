/**
 * Generates payloads: expressions in either format, damaged payloads, values that
 * are not expressions, and payloads that claim to be longer or deeper than they
 * are.
 *
 * @module
 */

import { ExpressionError } from "../../lib/expression/mod.ts";
import {
  messagePack,
  type PayloadFormat,
  pickle,
} from "../../lib/message/mod.ts";
import { ProtocolError } from "../../lib/protocol/mod.ts";
import { OP } from "../../lib/message/pickle/opcodes.ts";
import type { Dice } from "./dice.ts";
import { expression, sound } from "./expressions.ts";
import { mutate } from "./mutate.ts";

/** The payload of a frame. */
export function payload(dice: Dice): Uint8Array {
  return dice.weighted([
    [10, packed],
    [3, pickled],
    [2, (dice: Dice) => damaged(dice, packed(dice))],
    [6, (dice: Dice) => damaged(dice, pickled(dice))],
    [3, anyValue],
    [2, claim],
    [2, opcodes],
    [1, response],
    [1, (dice: Dice) => bytes(dice, dice.between(0, 40))],
  ])(dice);
}

/** Random bytes. */
export function bytes(dice: Dice, count: number): Uint8Array {
  return Uint8Array.from(dice.several(count, byte));
}

/** An expression as a MessagePack string. */
function packed(dice: Dice): Uint8Array {
  return messagePack.encodeExpression(expression(dice));
}

function pickled(dice: Dice): Uint8Array {
  return inFormat(pickle, (format) => format.encodeExpression(sound(dice)));
}

/** Not every expression can be pickled: it may have an unknown name. */
function inFormat(
  format: PayloadFormat,
  write: (format: PayloadFormat) => Uint8Array,
): Uint8Array {
  try {
    return write(format);
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof ProtocolError) {
      return write(messagePack);
    }
    throw error;
  }
}

function damaged(dice: Dice, sound: Uint8Array): Uint8Array {
  // Bytes that occur in names and numbers, so that parsing gets beyond the first.
  const fresh = (dice: Dice) =>
    dice.weighted([
      [2, byte],
      [3, opcode],
      [1, () => dice.pick([0, 1, 2, 0x7f, 0xff])],
    ])(dice);
  return Uint8Array.from(mutate(dice, [...sound], fresh));
}

/** A random byte. */
export function byte(dice: Dice): number {
  return dice.below(256);
}

const OPCODES = Object.values(OP);

function opcode(dice: Dice): number {
  return dice.pick(OPCODES);
}

/** A MessagePack value of any type, with a correct or incorrect length. */
function anyValue(dice: Dice): Uint8Array {
  const first = dice.between(0x80, 0xff);
  return Uint8Array.of(
    first,
    ...bytes(dice, dice.weighted([[3, 8], [1, 300]])),
  );
}

/** A few bytes that claim to be a string, array or map of any size, or nested ones. */
function claim(dice: Dice): Uint8Array {
  const head = dice.pick(
    [
      [0x91],
      [0x81, 0xa1, 0x61],
      [0xdc, 0xff, 0xff],
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xde, 0xff, 0xff],
      [0xdf, 0x7f, 0xff, 0xff, 0xff],
      [0xd9, 0xff],
      [0xda, 0xff, 0xff],
      [0xdb, 0xff, 0xff, 0xff, 0xff],
      [0xc6, 0xff, 0xff, 0xff, 0xff],
      [0xc9, 0xff, 0xff, 0xff, 0xff, 0x01],
    ] as const,
  );
  const count = dice.weighted([[4, 1], [3, dice.between(1, 50)], [1, 10_000]]);
  return Uint8Array.from(
    { length: count * head.length },
    (_, at) => head[at % head.length] ?? 0,
  ).subarray(0, 65_000);
}

/** A pickle of random opcodes, some of them with the values that they need. */
function opcodes(dice: Dice): Uint8Array {
  const length = dice.weighted([[6, 20], [3, 200], [1, 5_000]]);
  const parts = dice.several(dice.between(0, length), (dice) =>
    dice.weighted([
      [4, () => [opcode(dice)]],
      [2, () => [OP.binInt1, byte(dice)]],
      [2, () => [OP.emptyList, OP.memoize]],
      [2, () => [OP.binGet, dice.below(4)]],
      [1, () => [OP.emptyDict, OP.memoize]],
      [1, () => [OP.append]],
      [1, () => [OP.mark]],
      [2, () => named("calculator", "Constant")],
      [1, () => named("_operator", "add")],
      [1, () => named("os", "system")],
    ])());
  return Uint8Array.of(
    OP.proto,
    dice.between(2, 5),
    ...parts.flat(),
    OP.stop,
  );
}

function named(module: string, name: string): number[] {
  const strings = [module, name].flatMap((text) => [
    OP.shortBinUnicode,
    text.length,
    ...new TextEncoder().encode(text),
  ]);
  return [...strings, OP.stackGlobal];
}

/** The payload of a response. */
function response(dice: Dice): Uint8Array {
  const format = dice.pick([messagePack, pickle]);
  return dice.pick([
    () => format.encodeAnswer({ result: "3", steps: ["1 + 2", "3"] }),
    () => format.encodeReport({ name: "ProxyError", message: "a: b" }),
  ])();
}
