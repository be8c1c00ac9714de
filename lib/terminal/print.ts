const encoder = new TextEncoder();

/**
 * Prints a line on standard output. Exits if the reader is gone, as in
 * `client.ts … | head -1`.
 */
export function print(line: string): void {
  const bytes = encoder.encode(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;) {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}
