/** How much work, in milliseconds, is done before others are looked after. */
const ROUND = 4;

/**
 * How many times the event loop goes round until it has looked for input: while
 * there is other work, Deno's runtime does that every 61 times only (tokio,
 * `event_interval`).
 */
const TICKS = 61;

/** How many turns are woken in a round: more than a round has time for. */
const MAX_WOKEN = 256;

/** How many cheap requests go by between two looks at the clock. */
const UNMEASURED = 4;

/** From which time on, in milliseconds, requests are measured one by one. */
const COSTLY = 0.2;

/**
 * Fair shares of one thread. Input that is there already is read without going
 * through the event loop, so a client that always has some ready would be
 * answered alone. Here work is measured. When a round has used up its time, all
 * who want to go on wait until the event loop has looked for input, and then
 * those go first that have been served least (start-time fair queueing, Goyal
 * et al., SIGCOMM '96).
 */
export class FairQueue {
  /** The work done in this round, in milliseconds. */
  #used = 0;
  /** What whoever is served now has been served before, in milliseconds. */
  #served = 0;
  #waiting: Waiting[] = [];
  #isEnding = false;

  /**
   * Makes one more to take turns.
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

  /** Counts work that was done, in milliseconds. */
  count(work: number): void {
    this.#used += work;
  }

  /**
   * Begins to serve one of them. What it did not use of its share while it was
   * away is gone.
   *
   * @param served What it has been served so far.
   * @returns What counts as that from here on.
   */
  serve(served: number): number {
    return this.#served = Math.max(this.#served, served);
  }

  /**
   * Waits for a round that has time left.
   *
   * @param served What the one that waits has been served so far.
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
    this.#waiting.sort((one, other) => one.start - other.start);
    for (const { wake } of this.#waiting.splice(0, MAX_WOKEN)) wake();
    if (this.#waiting.length > 0) this.#endRound();
  }
}

/** Resolves when input that has arrived by now has been read. */
export async function lookForInput(): Promise<void> {
  for (let tick = 0; tick < TICKS; tick++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Waiting {
  readonly start: number;
  readonly wake: () => void;
}

/** The share of one connection, or of accepting them. */
export class Turn {
  readonly #queue: FairQueue;
  readonly #weight: number;
  /** Its work so far, in milliseconds, divided by its weight. */
  #served = 0;
  /** Until when its work is counted, by `performance.now()`. */
  #counted = 0;
  #unmeasured = 0;
  #isCostly = false;

  /**
   * @param queue The others that take turns.
   * @param weight Its share, relative to that of a connection.
   */
  constructor(queue: FairQueue, weight: number) {
    this.#queue = queue;
    this.#weight = weight;
  }

  /** Begins a turn: at once, without a promise, if this round has time left. */
  begin(): Promise<void> | undefined {
    if (!this.#queue.hasTime) return this.#wait();
    this.#start();
    return undefined;
  }

  /** Whether others are to go on first: asked after each piece of work. */
  isOver(): boolean {
    if (++this.#unmeasured < UNMEASURED && !this.#isCostly) return false;
    this.end();
    return !this.#queue.hasTime;
  }

  /** Ends a turn: what comes now is not its work. */
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
    this.#start();
  }

  #start(): void {
    this.#counted = performance.now();
    this.#served = this.#queue.serve(this.#served);
  }
}
