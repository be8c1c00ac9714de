import { type Outcome, OUTCOMES } from "./outcome.ts";

/** How many seconds the curves show. */
export const SECONDS = 300;

/** Upper bounds of the buckets for Prometheus, in seconds. */
export const BOUNDS: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];

/** Buckets per doubling of the time: quantiles are exact to a tenth. */
const PER_DOUBLING = 6;

/** From a microsecond to four minutes. */
const BUCKETS = 28 * PER_DOUBLING;

const COUNT = OUTCOMES.length;

/** The times to answer with one outcome, since the start. */
export interface Histogram {
  /** How many took at most as long as each of {@linkcode BOUNDS}, and longer than the last. */
  readonly counts: readonly number[];
  /** All together, in seconds. */
  readonly sum: number;
}

/** A time in milliseconds that a share of the answers did not exceed. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Counts of each outcome, by its name. */
export type Rates = Readonly<Partial<Record<Outcome, number>>>;

/** Counts answers by outcome, second and duration. */
export class Figures {
  readonly #totals = OUTCOMES.map(() => ({
    counts: new Array<number>(BOUNDS.length + 1).fill(0),
    sum: 0,
  }));
  /** The second that each slot of the ring holds. */
  readonly #seconds = new Float64Array(SECONDS).fill(-1);
  readonly #rates = new Uint32Array(SECONDS * COUNT);
  readonly #durations = new Uint32Array(SECONDS * COUNT * BUCKETS);
  /** The answers of each outcome since the last timed one. */
  readonly #untimed = new Uint32Array(COUNT);
  /** How long the last timed answer of each outcome took. */
  readonly #elapsed = new Float64Array(COUNT);

  /**
   * Counts an answer that was not timed, as if it took as long as the next timed one
   * with the same outcome.
   *
   * @param outcome How the request was answered.
   */
  count(outcome: Outcome): void {
    this.#untimed[OUTCOMES.indexOf(outcome)]!++;
  }

  /**
   * Counts an answer that was timed, and the untimed ones before it.
   *
   * @param outcome How the request was answered.
   * @param now The time in milliseconds.
   * @param elapsed How long the answer took, in milliseconds.
   */
  time(outcome: Outcome, now: number, elapsed: number): void {
    const index = OUTCOMES.indexOf(outcome);
    this.#elapsed[index] = elapsed;
    this.#untimed[index]!++;
    this.#settle(index, now);
  }

  /**
   * Counts the untimed answers so far like the last timed ones.
   *
   * @param now The time in milliseconds.
   */
  settle(now: number): void {
    for (const index of OUTCOMES.keys()) this.#settle(index, now);
  }

  #settle(index: number, now: number): void {
    const count = this.#untimed[index]!;
    if (count === 0) return;
    this.#untimed[index] = 0;
    const elapsed = this.#elapsed[index]!;
    const seconds = elapsed / 1000;
    const total = this.#totals[index]!;
    total.sum += count * seconds;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    total.counts[bucket < 0 ? BOUNDS.length : bucket]! += count;
    const at = this.#slot(Math.floor(now / 1000)) * COUNT + index;
    this.#rates[at]! += count;
    this.#durations[at * BUCKETS + bucketOf(elapsed)]! += count;
  }

  /** The times to answer since the start. */
  histogram(outcome: Outcome): Histogram {
    return this.#totals[OUTCOMES.indexOf(outcome)]!;
  }

  /** How many requests were answered in a second, by outcome. */
  rates(second: number): Rates {
    const slot = second % SECONDS;
    const isKept = this.#seconds[slot] === second;
    return Object.fromEntries(
      OUTCOMES.map((outcome, index) => [
        outcome,
        isKept ? this.#rates[slot * COUNT + index]! : 0,
      ]),
    );
  }

  /**
   * The quantiles of the last five minutes, by outcome.
   *
   * @param now The time in milliseconds.
   */
  quantiles(now: number): Partial<Record<Outcome, Quantiles>> {
    const first = Math.floor(now / 1000) - SECONDS;
    const sums = OUTCOMES.map(() => new Uint32Array(BUCKETS));
    for (const [slot, second] of this.#seconds.entries()) {
      if (second <= first) continue;
      for (const [index, sum] of sums.entries()) {
        const at = slot * COUNT + index;
        if (this.#rates[at] === 0) continue;
        for (let bucket = 0; bucket < BUCKETS; bucket++) {
          sum[bucket]! += this.#durations[at * BUCKETS + bucket]!;
        }
      }
    }
    const quantiles: Partial<Record<Outcome, Quantiles>> = {};
    for (const [index, sum] of sums.entries()) {
      const count = sum.reduce((one, other) => one + other, 0);
      const outcome = OUTCOMES[index]!;
      if (count === 0) continue;
      quantiles[outcome] = {
        p50: quantile(sum, count, 0.5),
        p99: quantile(sum, count, 0.99),
      };
    }
    return quantiles;
  }

  /** The slot of a second, emptied if it still holds an older one. */
  #slot(second: number): number {
    const slot = second % SECONDS;
    if (this.#seconds[slot] !== second) {
      this.#seconds[slot] = second;
      const from = slot * COUNT;
      this.#rates.fill(0, from, from + COUNT);
      this.#durations.fill(0, from * BUCKETS, (from + COUNT) * BUCKETS);
    }
    return slot;
  }
}

function bucketOf(elapsed: number): number {
  const bucket = Math.ceil(PER_DOUBLING * Math.log2(1000 * elapsed));
  return Math.min(Math.max(bucket, 0), BUCKETS - 1);
}

/** The upper bound, in milliseconds, of the bucket that a share of the answers reaches. */
function quantile(sum: Uint32Array, count: number, share: number): number {
  let seen = 0;
  const bucket = sum.findIndex((each) => (seen += each) >= share * count);
  return 2 ** (bucket / PER_DOUBLING) / 1000;
}
