import type { Watch } from "../protocol/mod.ts";
import { printableJson } from "../terminal/printable.ts";
import { styleFor } from "../terminal/style.ts";
import type { Fact } from "./fact.ts";
import { LineWriter } from "./line_writer.ts";
import { record } from "./record.ts";
import { type RoleName, sentence } from "./sentence.ts";

/** The format of a log: text, or one JSON object per fact. */
export type LogFormat = "text" | "json";

/** The log of a role on standard output. A slow reader does not block the role. */
export class Log {
  readonly #role: RoleName;
  readonly #format: LogFormat;
  readonly #lines: LineWriter;
  readonly #style = styleFor(Deno.stdout);

  /**
   * @param role The role that keeps the log.
   * @param format The format of the log.
   */
  constructor(role: RoleName, format: LogFormat) {
    this.#role = role;
    this.#format = format;
    this.#lines = new LineWriter(
      Deno.stdout,
      (lines) => this.#line({ type: "dropped", lines }) ?? "",
    );
  }

  /** Logs a fact, if there is a line for it. */
  readonly watch: Watch<Fact> = (fact) => {
    const line = this.#line(fact);
    if (line !== undefined) this.#lines.write(line);
  };

  /** Waits until all lines are written. */
  async finished(): Promise<void> {
    await this.#lines.finished();
  }

  #line(fact: Fact): string | undefined {
    if (this.#format === "text") {
      return sentence(fact, this.#role, this.#style.dim);
    }
    const time = new Date().toISOString();
    return printableJson({ time, ...record(fact) });
  }
}
