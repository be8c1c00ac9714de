/**
 * What is asked under load.
 *
 * @module
 */

import { encodeRequest } from "../lib/message/mod.ts";
import type { Requests } from "./pipeline.ts";

/** The long example of the client. */
export const LONG =
  "(sin(max(2, 3 * 4, 5, 6 * ((7 * 8) / 9), 10 / 11)) / 12) * 13";

/** The same expression again and again. */
export function same(expression: string, steps = true): Requests {
  const { bytes } = encodeRequest(expression, { steps });
  return () => bytes;
}

/**
 * Another expression each time.
 *
 * @param first The number of the first one.
 */
export function distinct(first = 0): Requests {
  let next = first;
  return () => encodeRequest(numbered(next++)).bytes;
}

/**
 * Some expressions often and most of them hardly ever, as Zipf's law has it:
 * the one of rank n one nth as often as the first.
 *
 * @param expressions How many there are: the first ones of {@linkcode distinct}.
 */
export function zipf(expressions: number): Requests {
  const frames = Array.from(
    { length: expressions },
    (_, rank) => encodeRequest(numbered(rank)).bytes,
  );
  const draw = zipfRanks(expressions);
  return () => frames[draw()]!;
}

/**
 * Ranks from 0 on as Zipf's law has it.
 *
 * @param count How many there are.
 * @returns A function that draws one.
 */
export function zipfRanks(count: number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1);
    sums[rank] = sum;
  }
  return () => firstAbove(sums, Math.random() * sum);
}

function numbered(n: number): string {
  return `max(${n}, ${n % 97}) / 7`;
}

/** The first of rising numbers that is above a value, which is less than the last. */
function firstAbove(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = low + high >> 1;
    if (rising[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
