const encoder = new TextEncoder();

/** Prints a line on standard output, like {@linkcode write}. */
export function print(line: string): void {
  write(`${line}\n`);
}

/**
 * Writes text to standard output. Exits if the reader is gone, as in
 * `client.ts … | head -1`.
 */
export function write(text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}
