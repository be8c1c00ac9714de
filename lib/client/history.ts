import { printable } from "../terminal/printable.ts";

/** The maximum number of lines in memory. */
const MAX_LINES = 1_000;

/** The maximum number of bytes to read from the end of a file. */
const MAX_BYTES = 1_048_576;

/** The lines entered at a prompt; with a file, those of earlier sessions too. */
export class History implements Disposable {
  readonly #lines: string[] = [];
  #file: Deno.FsFile | undefined;

  /**
   * @param path The file that keeps the lines, if any. If it does not exist, it is
   * created, and only its owner can read it.
   * @throws {Error} If the file cannot be used; the message says why.
   */
  constructor(path?: string) {
    if (path === undefined) return;
    this.#file = open(path);
    this.#lines.push(...linesIn(this.#file).slice(-MAX_LINES));
  }

  /** The lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Adds a line, unless it is blank or the same as the one before it.
   *
   * @throws {Error} If it cannot be written to the file. It stays in memory, and
   * later lines are no longer written.
   */
  add(line: string): void {
    if (line.trim() === "" || line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    try {
      // One write at the end of the file: concurrent sessions keep lines whole.
      this.#file?.writeSync(new TextEncoder().encode(`${line}\n`));
    } catch (cause) {
      this.close();
      throw new Error(`the history is not kept any more: ${why(cause)}`, {
        cause,
      });
    }
  }

  /** Closes the file, once. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Closes the file, once. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function open(path: string): Deno.FsFile {
  for (const name of ["read", "write"] as const) {
    // Without it, Deno would ask on the terminal.
    if (Deno.permissions.querySync({ name, path }).state !== "granted") {
      throw cannot(path, "run with -N -R -W");
    }
  }
  try {
    const options = { read: true, append: true, create: true, mode: 0o600 };
    const file = Deno.openSync(path, options);
    if (file.statSync().isFile) return file;
    file.close();
  } catch (cause) {
    throw cannot(path, why(cause), cause);
  }
  throw cannot(path, "it is not a file");
}

function cannot(path: string, reason: string, cause?: unknown): Error {
  return new Error(`cannot use --history ${path}: ${reason}`, { cause });
}

function why(cause: unknown): string {
  return cause instanceof Deno.errors.NotFound
    ? "its directory does not exist"
    : cause instanceof Error
    ? cause.message
    : `${cause}`;
}

/** The lines at the end of a file, except for unprintable ones. */
function linesIn(file: Deno.FsFile): string[] {
  const { size } = file.statSync();
  const start = Math.max(0, size - MAX_BYTES);
  file.seekSync(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size - start);
  for (let at = 0; at < bytes.length;) {
    const read = file.readSync(bytes.subarray(at));
    if (read === null) break;
    at += read;
  }
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  // The first line is incomplete if there is more before it.
  if (start > 0) lines.shift();
  return lines.filter((line) => line.trim() !== "" && printable(line) === line);
}
