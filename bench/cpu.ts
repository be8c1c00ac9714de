/** Reads the CPU time of a process, summed over its threads. */
export class CpuClock {
  readonly #pid: number;
  /** CPU time by thread, so that threads that have exited still count. */
  readonly #nanoseconds = new Map<string, number>();

  /** @param pid The process. */
  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Reads the clock.
   *
   * @returns Microseconds so far, or `undefined` if the system does not report it.
   */
  read(): number | undefined {
    const tasks = `/proc/${this.#pid}/task`;
    for (const thread of threads(tasks)) {
      const nanoseconds = timeOnCpu(`${tasks}/${thread}/schedstat`);
      if (nanoseconds !== undefined) {
        this.#nanoseconds.set(thread, nanoseconds);
      }
    }
    if (this.#nanoseconds.size === 0) return undefined;
    return this.#nanoseconds.values().reduce((sum, time) => sum + time) / 1000;
  }
}

function threads(tasks: string): string[] {
  return whereThereIsOne(() =>
    Array.from(Deno.readDirSync(tasks), ({ name }) => name)
  ) ?? [];
}

function timeOnCpu(schedstat: string): number | undefined {
  const text = whereThereIsOne(() => Deno.readTextFileSync(schedstat));
  return text === undefined ? undefined : Number(text.split(" ")[0]);
}

/** The file exists only on Linux, and the thread may have just exited. */
function whereThereIsOne<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
