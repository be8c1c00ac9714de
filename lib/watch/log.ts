import type { Client, Watch } from "../protocol/mod.ts";
import { rounded } from "../terminal/duration.ts";
import { printableJson } from "../terminal/printable.ts";
import { styleFor } from "../terminal/style.ts";
import type { Fact } from "./fact.ts";
import { LineWriter } from "./line_writer.ts";
import { record } from "./record.ts";
import { type RoleName, sentence } from "./sentence.ts";
import { verboseSentence } from "./verbose_sentence.ts";

/** The format of a log: text, or one JSON object per fact. */
export type LogFormat = "text" | "json";

/** The format of a log, and how much it tells. */
export interface LogOptions {
  /** Text or JSON. JSON always has all the details. */
  readonly format: LogFormat;
  /** Whether text has all the details. */
  readonly isVerbose: boolean;
}

/** The log of a role on standard output. A slow reader does not block the role. */
export class Log {
  /** Writes the lines, and those of a trace. */
  readonly lines: LineWriter;
  readonly #role: RoleName;
  readonly #options: LogOptions;
  readonly #style = styleFor(Deno.stdout);
  /** When the pending request of each client arrived. */
  readonly #arrivals = new WeakMap<Client, number>();

  /**
   * @param role The role that keeps the log.
   * @param options The format, and how much to log.
   */
  constructor(role: RoleName, options: LogOptions) {
    this.#role = role;
    this.#options = options;
    this.lines = new LineWriter(
      Deno.stdout,
      (lines) => this.#line({ type: "dropped", lines }) ?? "",
    );
  }

  /** Logs a fact, if there is a line for it. */
  readonly watch: Watch<Fact> = (fact) => {
    const line = this.#line(fact);
    if (line !== undefined) this.lines.write(line);
  };

  /** Waits until all lines are written. */
  async finished(): Promise<void> {
    await this.lines.finished();
  }

  #line(fact: Fact): string | undefined {
    const { format, isVerbose } = this.#options;
    const { dim } = this.#style;
    if (format === "text" && !isVerbose) {
      return sentence(fact, this.#role, dim);
    }
    const now = new Date();
    const elapsed = this.#elapsed(fact);
    if (format === "json") {
      const time = now.toISOString();
      return printableJson({ time, ...record(fact), elapsed });
    }
    const line = verboseSentence(fact, this.#role, elapsed, dim);
    return line && `${dim(timeOfDay(now))} ${line}`;
  }

  /** Measures how long a response has taken, in milliseconds. */
  #elapsed(fact: Fact): number | undefined {
    if (fact.type === "request") {
      this.#arrivals.set(fact.client, performance.now());
    } else if (fact.type === "response") {
      const arrival = this.#arrivals.get(fact.client);
      return arrival && rounded(performance.now() - arrival);
    }
  }
}

/** Writes the local time as `15:32:17.042`. */
function timeOfDay(date: Date): string {
  const milliseconds = `${date.getMilliseconds()}`.padStart(3, "0");
  return `${date.toTimeString().slice(0, 8)}.${milliseconds}`;
}
