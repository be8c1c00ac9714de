import type { Watch } from "../protocol/mod.ts";
import { printableJson } from "../terminal/printable.ts";
import { styleFor } from "../terminal/style.ts";
import type { Fact } from "./fact.ts";
import { LineWriter } from "./line_writer.ts";
import { record } from "./record.ts";
import { type RoleName, sentence } from "./sentence.ts";

/** How a log is written: lines for people, or a JSON object for each fact. */
export type LogFormat = "text" | "json";

/** The log of a role on standard output. A slow reader holds nobody up. */
export class Log {
  readonly #role: RoleName;
  readonly #format: LogFormat;
  readonly #lines: LineWriter;
  readonly #style = styleFor(Deno.stdout);

  /**
   * @param role Whose log it is.
   * @param format How it is written.
   */
  constructor(role: RoleName, format: LogFormat) {
    this.#role = role;
    this.#format = format;
    this.#lines = new LineWriter(
      Deno.stdout,
      (lines) => this.#line({ type: "dropped", lines }) ?? "",
    );
  }

  /** Writes the line for a fact, if it has one. */
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
