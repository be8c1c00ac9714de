/**
 * The requests of the load.
 *
 * @module
 */

import { LONG_EXAMPLE } from "../lib/client/example.ts";
import { encodeRequest } from "../lib/message/mod.ts";
import type { Requests } from "./pipeline.ts";

/** The long example of the client. */
export const LONG = LONG_EXAMPLE;

/** The same expression every time. */
export function same(expression: string, steps = true): Requests {
  const { bytes } = encodeRequest(expression, { steps });
  return () => bytes;
}

/**
 * A different expression every time.
 *
 * @param first The number of the first expression.
 */
export function distinct(first = 0): Requests {
  let next = first;
  return () => encodeRequest(numbered(next++)).bytes;
}

/**
 * Expressions distributed by Zipf's law: the one of rank n occurs 1/n times as
 * often as the first.
 *
 * @param expressions The number of expressions: the first of {@linkcode distinct}.
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
 * Draws ranks from 0 by Zipf's law.
 *
 * @param count The number of ranks.
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

/** The first of some ascending numbers that is above a value, which is below the last. */
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
