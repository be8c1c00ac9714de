/**
 * Lines from a terminal, with editing, history and completion. `node:readline`
 * decodes the keys, and docs/decisions/0009-line-editor.md says why it does no
 * more.
 *
 * @module
 */

import process from "node:process";
import { emitKeypressEvents, type Key } from "node:readline";
import { print, write } from "../terminal/print.ts";
import { printable } from "../terminal/printable.ts";
import { windowSize } from "../terminal/window.ts";
import { wrap } from "../terminal/wrap.ts";
import {
  deleted,
  deleteNext,
  DELETIONS,
  EMPTY,
  insert,
  KILLS,
  type Line,
  MOVES,
  textOf,
} from "./line.ts";
import { LineDrawing, type Looks } from "./line_drawing.ts";

/** A line that was entered. */
export interface Entry {
  /** Its text. */
  readonly text: string;
  /** Aborted by Ctrl-C before the next line is read. */
  readonly signal: AbortSignal;
}

/** The words that may complete the one before the cursor. */
export interface Completion {
  /** The start of the word. */
  readonly begun: string;
  /** The words that start like it, ignoring case. */
  readonly words: readonly string[];
}

/** Options for {@linkcode LineEditor}. */
export interface LineEditorOptions extends Looks {
  /** The lines entered before, oldest first. */
  readonly history: readonly string[];
  /** The message for Ctrl-C on an empty line. */
  readonly howToLeave: string;
  /** Completes the text before the cursor. */
  complete(before: string): Completion;
}

/** A key that was pressed, and the text that it types. */
interface Press {
  readonly name: string;
  readonly text: string;
}

/** A search through the history. */
interface Search {
  readonly typed: Line;
  /** The index of the line shown; the length of the history for the typed line. */
  readonly at: number;
}

/** The maximum time for the system to stop this process, in milliseconds. */
const STOPPING = 100;

/** Reads lines from a terminal. Keys pressed between two reads are kept for the next. */
export class LineEditor implements Disposable {
  readonly #options: LineEditorOptions;
  readonly #drawing: LineDrawing;
  #prompt = "";
  #line: Line = EMPTY;
  /** The line before each change, for Ctrl-_. */
  #changes: Line[] = [];
  /** The text that was killed last, for Ctrl-Y. */
  #killed = "";
  #search: Search | undefined;
  /** The keys that are not handled yet. */
  #ahead: Press[] = [];
  #lastName = "";
  /** Resolves the pending read; `undefined` between two reads. */
  #enter: ((entry: Entry | undefined) => void) | undefined;
  /** Cancels the work on the line that was entered last. */
  #work = new AbortController();
  #isSuspended = false;
  #isOver = false;

  readonly #commands: ReadonlyMap<string, () => void> = new Map([
    ["return", () => this.#enterLine()],
    ["enter", () => this.#enterLine()],
    ["tab", () => this.#complete()],
    ["up", () => this.#browse(-1)],
    ["down", () => this.#browse(1)],
    ["ctrl+p", () => this.#browse(-1)],
    ["ctrl+n", () => this.#browse(1)],
    ["ctrl+y", () => this.#change(insert(this.#line, this.#killed))],
    ["\x1f", () => this.#undo()],
    ["ctrl+l", () => this.#clear()],
    ["ctrl+c", () => this.#drop()],
    ["ctrl+d", () => this.#deleteOrLeave()],
    ["ctrl+z", () => this.#suspend()],
  ]);

  /** @param options The history, completion, hints and colors. */
  constructor(options: LineEditorOptions) {
    this.#options = options;
    this.#drawing = new LineDrawing(options);
    emitKeypressEvents(process.stdin);
    process.stdin.on("keypress", this.#press);
    process.stdin.on("end", this.#end);
    process.stdout.on("resize", this.#resize);
    for (const listener of this.#signals) Deno.addSignalListener(...listener);
    process.stdin.setRawMode(true);
    process.stdin.resume();
  }

  /**
   * Reads a line.
   *
   * @param prompt The text before it.
   * @returns The line, or `undefined` if there are no more.
   */
  read(prompt: string): Promise<Entry | undefined> {
    const { promise, resolve } = Promise.withResolvers<Entry | undefined>();
    this.#prompt = prompt;
    this.#enter = resolve;
    this.#work = new AbortController();
    this.#begin();
    if (this.#isOver) this.#end();
    else this.#handleAhead();
    return promise;
  }

  /** Restores the terminal. */
  [Symbol.dispose](): void {
    process.stdin.off("keypress", this.#press);
    process.stdin.off("end", this.#end);
    process.stdout.off("resize", this.#resize);
    for (const listener of this.#signals) {
      Deno.removeSignalListener(...listener);
    }
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  readonly #press = (text: string | undefined, key: Key): void => {
    const press = { name: nameOf(key), text: text ?? "" };
    if (!this.#enter) return this.#pressMeanwhile(press);
    // The keys of a paste come at once: they are handled, and drawn, together.
    if (this.#ahead.length === 0) queueMicrotask(() => this.#handleAhead());
    this.#ahead.push(press);
  };

  /** Keeps keys for the next line, except for Ctrl-C and Ctrl-Z. */
  #pressMeanwhile(press: Press): void {
    if (press.name === "ctrl+c") {
      this.#ahead = [];
      write("^C\n");
      this.#work.abort();
    } else if (press.name === "ctrl+z") {
      this.#suspend();
    } else {
      this.#ahead.push(press);
    }
  }

  #handleAhead(): void {
    const ahead = this.#ahead;
    this.#ahead = [];
    ahead.forEach((press, index) => {
      if (this.#enter) this.#handle(press, index === ahead.length - 1);
      else this.#pressMeanwhile(press);
    });
    if (this.#enter && !this.#isSuspended) {
      this.#drawing.draw(this.#prompt, this.#line);
    }
  }

  #handle({ name, text }: Press, isLast: boolean): void {
    const isSecondHalf = name === "enter" && this.#lastName === "return";
    this.#lastName = name;
    if (isSecondHalf) return;
    if (!BROWSING.has(name)) this.#search = undefined;
    const command = this.#commands.get(name);
    const edit = MOVES.get(name) ?? DELETIONS.get(name);
    const kill = KILLS.get(name);
    // A tab in the middle of a paste is white space.
    const isPastedTab = name === "tab" && !isLast &&
      !/\w$/.test(this.#line.before);
    if (isPastedTab) this.#change(insert(this.#line, " "));
    else if (command) command();
    else if (edit) this.#change(edit(this.#line));
    else if (kill) this.#kill(kill(this.#line));
    else this.#change(insert(this.#line, typedBy(text)));
  }

  #begin(): void {
    this.#line = EMPTY;
    this.#changes = [];
  }

  #change(line: Line): void {
    if (textOf(line) !== textOf(this.#line)) this.#changes.push(this.#line);
    this.#line = line;
  }

  #kill(line: Line): void {
    this.#killed = deleted(this.#line, line);
    this.#change(line);
  }

  #undo(): void {
    this.#line = this.#changes.pop() ?? this.#line;
  }

  #enterLine(): void {
    const entry = { text: textOf(this.#line), signal: this.#work.signal };
    this.#finish();
    this.#leave(entry);
  }

  #leave(entry: Entry | undefined): void {
    this.#enter?.(entry);
    this.#enter = undefined;
  }

  /** Draws the line for the last time, with a mark at its end. */
  #finish(mark?: string): void {
    this.#drawing.finish(this.#prompt, this.#line, mark);
  }

  #drop(): void {
    const isEmpty = textOf(this.#line) === "";
    this.#finish("^C");
    if (isEmpty) print(this.#options.howToLeave);
    this.#begin();
  }

  #deleteOrLeave(): void {
    if (textOf(this.#line) !== "") return this.#change(deleteNext(this.#line));
    this.#finish();
    this.#leave(undefined);
  }

  #clear(): void {
    write("\x1b[H\x1b[2J");
    this.#drawing.forget();
  }

  /** Shows the next older or newer line that starts with the text before the cursor. */
  #browse(step: -1 | 1): void {
    const { history } = this.#options;
    const { typed, at } = this.#search ?? {
      typed: this.#line,
      at: history.length,
    };
    const fits = (text: string) =>
      text.startsWith(typed.before) && text !== textOf(this.#line);
    let next = at + step;
    while (history[next] !== undefined && !fits(history[next]!)) next += step;
    if (next < 0) return;
    const found = history[next];
    this.#search = { typed, at: Math.min(next, history.length) };
    this.#change(found === undefined ? typed : { before: found, after: "" });
  }

  #complete(): void {
    const { before, after } = this.#line;
    const { begun, words } = this.#options.complete(before);
    const common = commonStart(words);
    if (common.length > begun.length) {
      const start = before.slice(0, before.length - begun.length);
      this.#change({ before: start + common, after });
    } else if (words.length > 1) {
      this.#finish();
      print(wrap(words, windowSize().columns, "  ").join("\n"));
    }
  }

  /** Stops this process until the shell continues it. */
  #suspend(): void {
    if (Deno.build.os === "windows") return;
    if (this.#enter) this.#finish("^Z");
    else write("^Z\n");
    process.stdin.setRawMode(false);
    this.#isSuspended = true;
    process.kill(process.pid, "SIGTSTP");
    // Without a shell that could continue it, the system does not stop it.
    setTimeout(() => this.#isSuspended && this.#continue(), STOPPING);
  }

  readonly #continue = (): void => {
    this.#isSuspended = false;
    // The shell has changed the mode of the terminal, and printed lines.
    process.stdin.setRawMode(true);
    this.#drawing.forget();
    if (this.#enter) this.#drawing.draw(this.#prompt, this.#line);
  };

  readonly #resize = (): void => {
    if (!this.#enter) return;
    this.#drawing.resize(this.#prompt, this.#line);
    this.#drawing.draw(this.#prompt, this.#line);
  };

  /** The terminal is gone. */
  readonly #end = (): void => {
    this.#isOver = true;
    this.#work.abort();
    this.#leave(undefined);
  };

  /** The handlers of signals. Windows lacks job control and most signals. */
  readonly #signals: readonly [Deno.Signal, () => void][] =
    Deno.build.os === "windows" ? [] : [
      ["SIGCONT", this.#continue],
      ["SIGHUP", () => this.#exit(1)],
      ["SIGINT", () => this.#exit(2)],
      ["SIGTERM", () => this.#exit(15)],
    ];

  /** Exits as a signal would, but restores the terminal first. */
  #exit(signal: number): void {
    this[Symbol.dispose]();
    Deno.exit(128 + signal);
  }
}

/** The keys that continue a search. */
const BROWSING = new Set(["up", "down", "ctrl+p", "ctrl+n"]);

function nameOf({ ctrl, meta, name, sequence = "" }: Key): string {
  return `${ctrl ? "ctrl+" : ""}${meta ? "meta+" : ""}${name ?? sequence}`;
}

/** The text that a key types: a space for white space, none if it is unprintable. */
function typedBy(text: string): string {
  if (/^\s$/.test(text)) return " ";
  return printable(text) === text ? text : "";
}

/** The longest common start of some words. */
function commonStart([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, length);
}
