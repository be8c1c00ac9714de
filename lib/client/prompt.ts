import { print } from "../terminal/print.ts";
import { printable } from "../terminal/printable.ts";
import { styleFor } from "../terminal/style.ts";
import { windowSize } from "../terminal/window.ts";
import { wrap } from "../terminal/wrap.ts";
import { help } from "./help.ts";
import { History } from "./history.ts";
import { type Entry, LineEditor } from "./line_editor.ts";
import type { Session } from "./session.ts";
import { rowsOf } from "./rows.ts";
import { complete, hint, paint } from "./typing.ts";

const GREETING = 'Type an expression, "help", or Ctrl-D to exit.';

/**
 * Evaluates the expressions typed at a prompt, until the user exits.
 *
 * @param session The session that evaluates them.
 * @param historyFile The file that keeps the lines for later sessions, if any.
 * @throws {Error} If the history file cannot be used.
 */
export async function prompt(
  session: Session,
  historyFile: string | undefined,
): Promise<void> {
  const style = styleFor(Deno.stdout);
  using history = new History(historyFile);
  print(wrap(GREETING.split(" "), windowSize().columns).join("\n"));
  using editor = new LineEditor({
    history: history.lines,
    howToLeave: "To exit, press Ctrl-D or type exit.",
    complete,
    hint,
    paint: (text) => paint(text, style),
    style,
  });
  for (;;) {
    const mark = session.isAnswered ? "" : ` ${style.red("(no answer)")}`;
    const entry = await editor.read(`${printable(session.peer)}${mark}> `);
    if (!entry) return;
    keep(history, entry.text);
    const [command = "", name] = entry.text.trim().split(/\s+/);
    switch (command.toLowerCase()) {
      case "":
        break;
      case "exit":
      case "quit":
        return;
      case "help":
        print(help(windowSize().columns, name));
        break;
      case "history":
        print(numbered(history.lines, windowSize().columns));
        break;
      default:
        await evaluate(entry, session);
    }
  }
}

/** Evaluates an expression, unless Ctrl-C cancels it. */
async function evaluate(
  { text, signal }: Entry,
  session: Session,
): Promise<void> {
  try {
    await session.calculate(text, { signal, hasAns: true });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function keep(history: History, line: string): void {
  try {
    history.add(line);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

/** The lines with their numbers, a row each. */
function numbered(lines: readonly string[], columns: number): string {
  const digits = `${lines.length}`.length;
  return lines.map((line, index) => {
    const [row, ...more] = rowsOf(line, columns - digits - 3);
    const number = `${index + 1}`.padStart(digits);
    return `${number}  ${row}${more.length > 0 ? "…" : ""}`;
  }).join("\n");
}
