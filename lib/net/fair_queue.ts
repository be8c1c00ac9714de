/** How much work to do in a round, in milliseconds. */
const ROUND = 4;

/**
 * How many turns of the event loop it takes to poll for input: while there is
 * other work, Deno's runtime polls only every 61 turns (tokio,
 * `event_interval`).
 */
const TICKS = 61;

/** How many cheap requests are measured together, to save reading the clock. */
const UNMEASURED = 4;

/** Above this, in milliseconds, requests are measured one by one. */
const COSTLY = 0.2;

/**
 * Shares one thread fairly. Reading input that is already there bypasses the
 * event loop, so a client that always has some ready would starve the others.
 * Therefore work is measured in rounds. When a round has used up its time, all
 * turns wait until the event loop has polled for input, and those that have been
 * served least go first (start-time fair queueing, Goyal et al., SIGCOMM '96).
 */
export class FairQueue {
  /** The work done in this round, in milliseconds. */
  #used = 0;
  /**
   * The virtual time: what the turn being served had been served before, in
   * milliseconds.
   */
  #served = 0;
  /** The turns that wait for the next round. */
  #waiting: Waiting[] = [];
  /** The turns that this round has not woken yet, the least served last. */
  #next: Waiting[] = [];
  #isEnding = false;

  /**
   * Adds a participant.
   *
   * @param weight Its share, relative to that of a connection.
   */
  join(weight = 1): Turn {
    return new Turn(this, weight);
  }

  /** Whether this round has time left. */
  get hasTime(): boolean {
    return this.#used < ROUND;
  }

  /** Counts work that has been done, in milliseconds. */
  count(work: number): void {
    this.#used += work;
    if (this.#next.length > 0 && this.hasTime) this.#wake();
  }

  /**
   * Begins to serve a turn. A share not used while idle is not carried over.
   *
   * @param served How much it has been served so far.
   * @returns How much it counts as having been served from now on.
   */
  serve(served: number): number {
    return this.#served = Math.max(this.#served, served);
  }

  /**
   * Waits for a round that has time left.
   *
   * @param served How much the waiting turn has been served so far.
   */
  async wait(served: number): Promise<void> {
    const start = Math.max(this.#served, served);
    while (!this.hasTime) {
      await new Promise<void>((wake) => {
        this.#waiting.push({ start, wake });
        this.#endRound();
      });
    }
  }

  async #endRound(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    await lookForInput();
    this.#isEnding = false;
    this.#used = 0;
    this.#next = this.#next.concat(this.#waiting)
      .sort((one, other) => other.start - one.start);
    this.#waiting = [];
    this.#wake();
    if (this.#next.length > 0) this.#endRound();
  }

  /** Wakes the next turn. When its work is counted, it wakes the one after it. */
  #wake(): void {
    this.#next.pop()?.wake();
  }
}

/** Resolves when the input that has already arrived has been read. */
export async function lookForInput(): Promise<void> {
  for (let tick = 0; tick < TICKS; tick++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Waiting {
  readonly start: number;
  readonly wake: () => void;
}

/** The turns of one participant: a connection, or accepting connections. */
export class Turn {
  readonly #queue: FairQueue;
  readonly #weight: number;
  /** Its work so far, in milliseconds, divided by its weight. */
  #served = 0;
  /** The time up to which its work is counted, by `performance.now()`. */
  #counted = 0;
  #unmeasured = 0;
  #isCostly = false;

  /**
   * @param queue The queue that it takes turns in.
   * @param weight Its share, relative to that of a connection.
   */
  constructor(queue: FairQueue, weight: number) {
    this.#queue = queue;
    this.#weight = weight;
  }

  /** Begins a turn, synchronously if this round has time left. */
  begin(): Promise<void> | undefined {
    if (!this.#queue.hasTime) return this.#wait();
    this.resume();
    return undefined;
  }

  /** Begins a turn, even if this round has no time left. */
  resume(): void {
    this.#counted = performance.now();
    this.#served = this.#queue.serve(this.#served);
  }

  /** Whether to yield to others. Call it after each piece of work. */
  isOver(): boolean {
    if (++this.#unmeasured < UNMEASURED && !this.#isCostly) return false;
    this.end();
    return !this.#queue.hasTime;
  }

  /** Ends a turn and counts its work. */
  end(): void {
    const now = performance.now();
    const work = now - this.#counted;
    this.#counted = now;
    this.#served += work / this.#weight;
    this.#queue.count(work);
    this.#unmeasured = 0;
    this.#isCostly = work > COSTLY;
  }

  async #wait(): Promise<void> {
    await this.#queue.wait(this.#served);
    this.resume();
  }
}
