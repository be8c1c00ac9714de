import { stripVTControlCharacters } from "node:util";
import { unicodeWidth } from "@std/cli/unicode-width";
import { isDumb } from "../terminal/dumb_terminal.ts";
import { write } from "../terminal/print.ts";
import type { Style } from "../terminal/style.ts";
import { windowSize } from "../terminal/window.ts";
import { type Line, textOf } from "./line.ts";
import { rowsOf } from "./rows.ts";

/** Colors and hints while a line is typed. */
export interface Looks {
  /** Adds colors to a text, and changes no character. */
  paint(text: string): string;
  /** The hint to show after a text, if any. */
  hint(text: string): string | undefined;
  /** The style of the hint. */
  readonly style: Style;
}

/** Draws a prompt and a line on a terminal, and draws over it when it changes. */
export class LineDrawing {
  readonly #looks: Looks;
  /** The row of the cursor, from the first one drawn. */
  #row = 0;
  /** The text that a dumb terminal shows; `undefined` before the prompt. */
  #shown: string | undefined;

  /** @param looks Colors and hints. */
  constructor(looks: Looks) {
    this.#looks = looks;
  }

  /** Draws a line, with its cursor. */
  draw(prompt: string, line: Line): void {
    if (isDumb()) this.#type(prompt, textOf(line));
    else this.#draw(prompt, line, false);
  }

  /** Draws a line for the last time, and moves to a new one. */
  finish(prompt: string, line: Line, mark = ""): void {
    if (isDumb()) {
      this.#type(prompt, textOf(line) + mark);
      write("\n");
    } else {
      const end = { before: textOf(line) + mark, after: "" };
      const isAtEdge = this.#draw(prompt, end, true);
      write(isAtEdge ? "" : "\n");
    }
    this.forget();
  }

  /** Starts anew at the cursor: what was drawn before stays. */
  forget(): void {
    this.#row = 0;
    this.#shown = undefined;
  }

  /** Accounts for a new width of the window, to which the terminal has reflowed the text. */
  resize(prompt: string, { before }: Line): void {
    const { columns, rows } = windowSize();
    const above = rowsOf(stripVTControlCharacters(prompt) + before, columns);
    this.#row = Math.min(above.length, rows) - 1;
  }

  /**
   * Draws as many rows as the window has: those up to the cursor, if there are
   * more. For the last time, it draws all of them, without a hint.
   *
   * @returns Whether the text ends at the edge, so that the cursor is below it.
   */
  #draw(prompt: string, line: Line, isFinal: boolean): boolean {
    const { columns, rows: height } = windowSize();
    const start = stripVTControlCharacters(prompt);
    const text = textOf(line);
    const rows = rowsOf(start + text, columns);
    const above = rowsOf(start + line.before, columns);
    const cursor = above.length - 1;
    const isCut = !isFinal && rows.length > height;
    const top = isCut ? Math.max(0, above.length - height) : 0;
    const bottom = isCut ? top + height : rows.length;
    const shown = isCut
      ? rows.slice(top, bottom).join("")
      : prompt + this.#looks.paint(text);
    const isAtEdge = bottom > 1 && rows[bottom - 1] === "";
    const column = unicodeWidth(above[cursor] ?? "");
    const hint = isFinal ? "" : this.#hint(line, columns - column);
    const isAtEnd = line.after === "" && hint === "";
    write([
      up(this.#row),
      "\r\x1b[J",
      shown,
      isAtEdge ? "\n" : hint,
      isAtEnd ? "" : `${up(bottom - 1 - cursor)}\r${right(column)}`,
    ].join(""));
    this.#row = cursor - top;
    return isAtEdge;
  }

  /** The hint for a line, if it fits into the rest of the row. */
  #hint({ before, after }: Line, room: number): string {
    const hint = after === "" ? this.#looks.hint(before) : undefined;
    if (hint === undefined || unicodeWidth(hint) + 3 > room) return "";
    const shown = this.#looks.style.dim(`  ${hint}`);
    // Without a style, it would look like typed text.
    return shown.includes("\x1b") ? shown : "";
  }

  /** Shows a text without control sequences: what was added, or all on a new line. */
  #type(prompt: string, text: string): void {
    const shown = this.#shown;
    if (shown === undefined) write(prompt + text);
    else if (text.startsWith(shown)) write(text.slice(shown.length));
    else write(`\n${prompt}${text}`);
    this.#shown = text;
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}

function right(columns: number): string {
  return columns > 0 ? `\x1b[${columns}C` : "";
}
