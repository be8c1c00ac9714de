import type { Client, Watch } from "../protocol/mod.ts";
import { printableJson } from "../terminal/printable.ts";
import { styleFor } from "../terminal/style.ts";
import type { Fact } from "./fact.ts";
import { LineWriter } from "./line_writer.ts";
import { record } from "./record.ts";
import { type RoleName, sentence } from "./sentence.ts";
import { verboseSentence } from "./verbose_sentence.ts";

/** How a log is written: lines for people, or a JSON object for each fact. */
export type LogFormat = "text" | "json";

/** What a log tells. */
export interface LogOptions {
  /** How it is written. JSON always tells everything. */
  readonly format: LogFormat;
  /** Whether lines for people tell everything. */
  readonly isVerbose: boolean;
}

/** The log of a role on standard output. A slow reader holds nobody up. */
export class Log {
  /** Where the lines go, which may be shared with a trace. */
  readonly lines: LineWriter;
  readonly #role: RoleName;
  readonly #options: LogOptions;
  readonly #style = styleFor(Deno.stdout);
  /** When the request arrived that each client is waiting for an answer to. */
  readonly #arrivals = new WeakMap<Client, number>();

  /**
   * @param role Whose log it is.
   * @param options What it tells, and how.
   */
  constructor(role: RoleName, options: LogOptions) {
    this.#role = role;
    this.#options = options;
    this.lines = new LineWriter(
      Deno.stdout,
      (lines) => this.#line({ type: "dropped", lines }) ?? "",
    );
  }

  /** Writes the line for a fact, if it has one. */
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
      return arrival && performance.now() - arrival;
    }
  }
}

/** Writes the local time as `15:32:17.042`. */
function timeOfDay(date: Date): string {
  const milliseconds = `${date.getMilliseconds()}`.padStart(3, "0");
  return `${date.toTimeString().slice(0, 8)}.${milliseconds}`;
}
